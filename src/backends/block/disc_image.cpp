#include "backends/block/disc_image.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "host/system_error.h"
#include "host/unique_fd.h"
#include "minivmm/error.h"

namespace minivmm {
namespace {

constexpr off_t kBlock = 2048;
constexpr off_t kIdentifierAt = 16 * kBlock + 1;  // Of the first volume descriptor.
constexpr std::size_t kIdentifierSize = 5;

UniqueFd open_disc(const std::string& path, const std::string& name) {
  struct stat status {};
  // Before open(2), which would wait at a FIFO.
  if (::stat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode))
      throw ConfigError(name + ": it is a directory (name the image of a CD or DVD)");
    if (!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode))
      throw ConfigError(name + ": it is neither a regular file nor a block device");
  }
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd && errno == ENOENT)
    throw ConfigError(name + ": no such file (--cdrom none is a drive without a disc)");
  if (!fd)
    throw ConfigError(fmt::format("{}: {} (it must be readable for you)", name, errno_text(errno)));
  return fd;
}

bool has_file_system(int fd) {
  std::array<char, kIdentifierSize> identifier{};
  if (::pread(fd, identifier.data(), identifier.size(), kIdentifierAt) !=
      static_cast<ssize_t>(identifier.size()))
    return false;
  const std::string_view text(identifier.data(), identifier.size());
  return text == "CD001" || text == "BEA01";
}

}  // namespace

void check_disc_image(const std::string& path, DiscKind kind) {
  const std::string name = fmt::format("CD '{}'", path);
  const UniqueFd fd = open_disc(path, name);
  const off_t size = ::lseek(fd.get(), 0, SEEK_END);
  if (size <= 0) throw ConfigError(name + ": it has no content (was it downloaded completely?)");
  if (kind == DiscKind::kKnown && !has_file_system(fd.get()))
    throw ConfigError(fmt::format(
        "{}: it is no image of a CD or DVD: there is no ISO 9660 or UDF on it (a disk's "
        "image is for --disk; if the guest shall get it as a disc all the same, give "
        "'{},any')",
        name, path));
  if (size % kBlock != 0)
    throw ConfigError(
        fmt::format("{}: {} bytes are not a multiple of 2048, as a disc's image is (was it "
                    "downloaded completely? if so: truncate -s %2048 '{}')",
                    name, size, path));
}

}  // namespace minivmm
