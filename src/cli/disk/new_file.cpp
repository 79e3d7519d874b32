#include "cli/disk/new_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "backends/block/image_lock.h"
#include "host/system_error.h"
#include "minivmm/error.h"

namespace minivmm::cli::disk {
namespace {

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

ConfigError exists(const std::string& path) {
  return ConfigError(fmt::format("'{}' exists (give --force to replace it)", path));
}

// With errno, where it can't. Network file systems have no RENAME_NOREPLACE; what has no links
// either, as FAT, is only looked at before.
bool name_without_replacing(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno != EINVAL) return false;
  if (::link(from.c_str(), to.c_str()) == 0) return ::unlink(from.c_str()) == 0;
  if (errno == EEXIST) return false;
  struct stat status {};
  if (::lstat(to.c_str(), &status) == 0) {
    errno = EEXIST;
    return false;
  }
  return ::rename(from.c_str(), to.c_str()) == 0;
}

}  // namespace

NewFile::NewFile(std::string path, Existing existing)
    : path_(std::move(path)), existing_(existing) {
  check_place();
  open_unnamed();
  if (!fd_) open_named();
}

NewFile::~NewFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

// What a machine uses is not taken away under it.
void NewFile::check_place() const {
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0) return;
  if (!S_ISREG(status.st_mode))
    throw ConfigError(fmt::format("'{}' is not a regular file (name a new one)", path_));
  if (existing_ == Existing::kKeep) throw exists(path_);
  const UniqueFd old(::open(path_.c_str(), O_RDWR | O_CLOEXEC));
  if (!old) throw ConfigError(fmt::format("'{}': {}", path_, errno_text(errno)));
  lock_image(old.get(), LockKind::kExclusive, fmt::format("disk '{}'", path_));
}

void NewFile::open_unnamed() {
  fd_.reset(::open(folder_of(path_).c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0644));
}

void NewFile::open_named() {
  std::string name = path_ + ".XXXXXX";
  fd_.reset(::mkostemp(name.data(), O_CLOEXEC));
  if (!fd_) {
    const std::string why = errno_text(errno);
    throw ConfigError(fmt::format("'{}' cannot be made: {}", path_, why));
  }
  temporary_ = name;
  ::fchmod(fd_.get(), 0644);
}

std::string NewFile::path_to_open() const {
  return fmt::format("/proc/self/fd/{}", fd_.get());
}

void NewFile::publish() {
  if (::fsync(fd_.get()) != 0) throw system_error(fmt::format("'{}' cannot be written", path_));
  if (temporary_.empty() && existing_ == Existing::kKeep) {
    // AT_SYMLINK_FOLLOW: what the descriptor stands for, not the link in /proc (open(2)).
    if (::linkat(AT_FDCWD, path_to_open().c_str(), AT_FDCWD, path_.c_str(), AT_SYMLINK_FOLLOW) == 0)
      return;
    if (errno == EEXIST) throw exists(path_);
    throw system_error(fmt::format("'{}' cannot be made", path_));
  }
  if (temporary_.empty()) {
    const std::string name = fmt::format("{}.{}", path_, ::getpid());
    if (::linkat(AT_FDCWD, path_to_open().c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) != 0)
      throw system_error(fmt::format("'{}' cannot be made", path_));
    temporary_ = name;
  }
  const bool named = existing_ == Existing::kKeep
                         ? name_without_replacing(temporary_, path_)
                         : ::rename(temporary_.c_str(), path_.c_str()) == 0;
  if (!named) {
    if (errno == EEXIST) throw exists(path_);
    throw system_error(fmt::format("'{}' cannot be made", path_));
  }
  temporary_.clear();
}

}  // namespace minivmm::cli::disk
