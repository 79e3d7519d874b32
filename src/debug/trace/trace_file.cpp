#include "debug/trace/trace_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "host/log.h"
#include "host/system_error.h"
#include "minivmm/error.h"

namespace minivmm::debug {

TraceFile::TraceFile(std::string option, std::string path)
    : option_(std::move(option)),
      path_(std::move(path)),
      file_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
  if (!file_)
    throw ConfigError(
        fmt::format("{} '{}' can't be written: {}", option_, path_, errno_text(errno)));
}

void TraceFile::flush() {
  std::string_view left(text_.data(), text_.size());
  while (file_ && !left.empty()) {
    const ssize_t written = ::write(file_.get(), left.data(), left.size());
    if (written > 0) {
      left.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      log::warning("{} '{}' ends here: {}; the guest runs on", option_, path_, errno_text(errno));
      file_.reset();
    }
  }
  text_.clear();
}

}  // namespace minivmm::debug
