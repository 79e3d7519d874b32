#include "backends/block/qcow2/file_bytes.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "host/system_error.h"

namespace minivmm::qcow2 {

void read_bytes(int fd, std::uint64_t offset, std::span<std::byte> bytes, std::string_view what) {
  while (!bytes.empty()) {
    const ssize_t got = ::pread(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw system_error(fmt::format("{}: cannot be read at {}", what, offset));
    if (got == 0) break;
    bytes = bytes.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
  std::ranges::fill(bytes, std::byte{0});
}

void write_bytes(int fd, std::uint64_t offset, std::span<const std::byte> bytes,
                 std::string_view what) {
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) throw system_error(fmt::format("{}: cannot be written at {}", what, offset));
    bytes = bytes.subspan(static_cast<std::size_t>(put));
    offset += static_cast<std::uint64_t>(put);
  }
}

void make_stable(int fd, std::string_view what) {
  if (::fdatasync(fd) != 0) throw system_error(fmt::format("{}: cannot be made stable", what));
}

}  // namespace minivmm::qcow2
