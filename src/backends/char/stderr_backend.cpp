#include "backends/char/stderr_backend.h"

#include <termios.h>

#include <cerrno>
#include <string_view>

namespace minivmm {
namespace {

constexpr std::size_t kLongestLine = 1024;

bool needs_carriage_return(int fd) {
  termios settings{};
  return ::tcgetattr(fd, &settings) == 0 && (settings.c_oflag & OPOST) == 0;
}

}  // namespace

void StderrBackend::send(std::span<const std::byte> bytes) {
  for (const std::byte byte : bytes) {
    const char c = static_cast<char>(byte);
    if (c == '\n' && !line_.ends_with('\r') && needs_carriage_return(output_)) line_ += '\r';
    line_ += c;
    if (c == '\n' || line_.size() >= kLongestLine) write_line();
  }
}

void StderrBackend::write_line() {
  std::string_view left = line_;
  while (!left.empty()) {
    const ssize_t written = ::write(output_, left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;  // Nobody will read it.
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  line_.clear();
}

}  // namespace minivmm
