#include "backends/char/escape_keys.h"

#include <utility>

namespace minivmm {
namespace {

constexpr std::byte kCtrlA{0x01};

}  // namespace

EscapeKeys::Result EscapeKeys::take(std::byte key) {
  if (!std::exchange(escaped_, false)) {
    if (key != kCtrlA) return {key, Command::kNone};
    escaped_ = true;
    return {};
  }
  switch (static_cast<char>(key)) {
    case '\x01':
    case 'a':
      return {kCtrlA, Command::kNone};
    case 'x':
      return {std::nullopt, Command::kQuit};
    case 'd':
      return {std::nullopt, Command::kDebug};
    case 'h':
    case '?':
      return {std::nullopt, Command::kHelp};
    default:
      return {};
  }
}

const char* EscapeKeys::help() {
  return "\r\n"
         "minivmm: Ctrl-A x       quit\r\n"
         "minivmm: Ctrl-A d       stop the guest, and debug it\r\n"
         "minivmm: Ctrl-A h       this list\r\n"
         "minivmm: Ctrl-A Ctrl-A  send Ctrl-A to the guest (also Ctrl-A a)\r\n";
}

}  // namespace minivmm
