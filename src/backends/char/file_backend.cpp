#include "backends/char/file_backend.h"

#include <fcntl.h>
#include <fmt/core.h>

#include "host/log.h"
#include "host/system_error.h"
#include "minivmm/error.h"

namespace minivmm {
namespace {

const char* remedy(int error) {
  switch (error) {
    case ENXIO:
      return "it is a pipe without a reader: start the reader first";
    case ENOENT:
      return "make its folder first";
    case EISDIR:
      return "name a file in it";
    default:
      return "name a file that you may write";
  }
}

}  // namespace

FileBackend::FileBackend(const std::string& path) : path_(path) {
  constexpr mode_t kReadableByAll = 0644;
  // O_NONBLOCK: opening a pipe must not wait for its reader; writing to it may.
  fd_.reset(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
                   kReadableByAll));
  if (!fd_)
    throw ConfigError(
        fmt::format("serial file '{}': {} ({})", path, errno_text(errno), remedy(errno)));
  ::fcntl(fd_.get(), F_SETFL, ::fcntl(fd_.get(), F_GETFL) & ~O_NONBLOCK);
}

void FileBackend::send(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      if (!failed_) log::error("serial file '{}': {}; output is lost", path_, errno_text(errno));
      failed_ = true;
      return;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

}  // namespace minivmm
