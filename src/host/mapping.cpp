#include "host/mapping.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "host/system_error.h"
#include "host/unique_fd.h"

namespace minivmm {
namespace {

UniqueFd open_for_reading(const std::string& path, std::string_view what) {
  // O_NONBLOCK: opening a FIFO must not wait for its writer; the caller refuses it then.
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd) return fd;
  const int error = errno;
  const char* remedy = error == ENOENT   ? " (check the path)"
                       : error == EACCES ? " (it must be readable for you)"
                                         : "";
  throw ConfigError(fmt::format("{} '{}': {}{}", what, path, errno_text(error), remedy));
}

std::size_t checked_size(int fd, const std::string& path, std::string_view what) {
  struct stat status {};
  if (::fstat(fd, &status) != 0)
    throw system_error(fmt::format("{} '{}': cannot be examined", what, path));
  if (S_ISDIR(status.st_mode))
    throw ConfigError(fmt::format("{} '{}': it is a directory (name a file in it)", what, path));
  if (!S_ISREG(status.st_mode))
    throw ConfigError(
        fmt::format("{} '{}': it is not a regular file (copy what it holds into one)", what, path));
  if (status.st_size == 0)
    throw ConfigError(
        fmt::format("{} '{}': the file is empty (was it copied completely?)", what, path));
  return static_cast<std::size_t>(status.st_size);
}

}  // namespace

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  std::swap(address_, other.address_);
  std::swap(size_, other.size_);
  return *this;
}

Mapping::~Mapping() {
  if (address_ != nullptr) ::munmap(address_, size_);
}

FileView::FileView(const std::string& path, std::string_view what) {
  const UniqueFd fd = open_for_reading(path, what);
  const std::size_t size = checked_size(fd.get(), path, what);
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (address == MAP_FAILED)
    throw system_error(fmt::format("{} '{}': cannot be mapped", what, path),
                       "copy it to a local file system");
  mapping_ = Mapping(address, size);
}

void FileView::release_pages() const {
  // A failure only means that they stay.
  ::madvise(mapping_.data(), mapping_.size(), MADV_DONTNEED);
}

}  // namespace minivmm
