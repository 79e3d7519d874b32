#include "cli/disk/progress.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <utility>

#include "cli/disk/size_text.h"

namespace minivmm::cli::disk {
namespace {

constexpr unsigned kBarColumns = 30;
constexpr auto kUntilFirst = std::chrono::seconds(1);
constexpr auto kBetween = std::chrono::milliseconds(100);
constexpr const char* kClearLine = "\r\x1b[K";  // ECMA-48, 8.3.41: EL.

}  // namespace

Progress::Place Progress::standard_error() {
  return {.terminal = ::isatty(STDERR_FILENO) == 1 ? stderr : nullptr};
}

Progress::Progress(std::uint64_t total, Place place)
    : total_(total), place_(std::move(place)), start_(place_.now()) {}

Progress::~Progress() {
  if (shown_) fmt::print(place_.terminal, "{}", kClearLine);
}

void Progress::show(std::uint64_t done) {
  const auto now = place_.now();
  if (place_.terminal == nullptr || total_ == 0 || now - start_ < kUntilFirst) return;
  if (shown_ && now - *shown_ < kBetween) return;
  shown_ = now;
  const double part = static_cast<double>(done) / static_cast<double>(total_);
  const auto columns = static_cast<std::size_t>(part * kBarColumns);
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const auto speed = static_cast<std::uint64_t>(static_cast<double>(done) / seconds);
  fmt::print(place_.terminal, "{}[{:<{}}] {:3.0f} %  {} of {}, {} a second", kClearLine,
             std::string(columns, '='), kBarColumns, part * 100, size_text(done), size_text(total_),
             size_text(speed));
  std::fflush(place_.terminal);
}

}  // namespace minivmm::cli::disk
