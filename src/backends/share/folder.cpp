#include "backends/share/folder.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>

#include "host/system_error.h"
#include "minivmm/error.h"

namespace minivmm::share {
namespace {

UniqueFd open_beneath(int folder, const std::string& name, int flags, mode_t mode) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC | O_NOFOLLOW);
  // open(2): without O_CREAT a mode is refused.
  how.mode = (flags & O_CREAT) != 0 ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  return UniqueFd(
      static_cast<int>(::syscall(SYS_openat2, folder, name.c_str(), &how, sizeof(how))));
}

// The kernel's own files: through some of them a guest could reach this very process.
bool is_kernels_own(int fd) {
  struct statfs system {};
  if (::fstatfs(fd, &system) != 0) return false;
  return system.f_type == PROC_SUPER_MAGIC || system.f_type == SYSFS_MAGIC ||
         system.f_type == DEBUGFS_MAGIC || system.f_type == TRACEFS_MAGIC ||
         system.f_type == CGROUP_SUPER_MAGIC || system.f_type == CGROUP2_SUPER_MAGIC;
}

}  // namespace

bool is_name(std::string_view name) {
  constexpr std::string_view kNeverInNames("/\0", 2);
  return !name.empty() && name != "." && name != ".." && name.size() <= 255 &&
         name.find_first_of(kNeverInNames) == std::string_view::npos;
}

UniqueFd open_name(int folder, std::string_view name, int flags, mode_t mode) {
  if (is_name(name)) return open_beneath(folder, std::string(name), flags, mode);
  errno = EINVAL;
  return UniqueFd();
}

std::string link_to(int fd) {
  return fmt::format("/proc/self/fd/{}", fd);
}

UniqueFd reopen(int fd, int flags) {
  return UniqueFd(::open(link_to(fd).c_str(), flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
}

Folder::Folder(const std::string& path)
    : fd_(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (!fd_) {
    const char* remedy = errno == ENOTDIR  ? "name a folder"
                         : errno == EACCES ? "it must be readable for you"
                                           : "check the path";
    throw ConfigError(fmt::format("shared folder '{}': {} ({})", path, errno_text(errno), remedy));
  }
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0)
    throw system_error(fmt::format("shared folder '{}': cannot be examined", path));
  if (is_kernels_own(fd_.get()))
    throw ConfigError(fmt::format(
        "shared folder '{}': the kernel's own files are not for a guest (share another folder)",
        path));
  if (!open_beneath(fd_.get(), ".", O_PATH, 0))
    throw system_error(fmt::format("shared folder '{}': cannot be kept apart (openat2)", path),
                       "a kernel from Linux 5.6 on can do that");
  device_ = status.st_dev;
  inode_ = status.st_ino;
}

/// A number that no other file here has: that of the inode, moved apart where one mount has several
/// devices (subvolumes).
Qid Folder::qid(const struct stat& status) const {
  constexpr std::uint64_t kFarApart = 0x9e37'79b9'7f4a'7c15;  // 2^64 divided by the golden ratio.
  Qid qid;
  if (S_ISDIR(status.st_mode)) qid.type = kQidDirectory;
  if (S_ISLNK(status.st_mode)) qid.type = kQidSymlink;
  qid.version = static_cast<std::uint32_t>(status.st_mtim.tv_sec ^ (status.st_size << 8));
  qid.path = status.st_ino + (status.st_dev - device_) * kFarApart;
  return qid;
}

bool Folder::is_root(const struct stat& status) const {
  return status.st_dev == device_ && status.st_ino == inode_;
}

}  // namespace minivmm::share
