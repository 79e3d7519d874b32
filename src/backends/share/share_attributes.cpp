// What a file is: its attributes, its file system's, a link's target.

#include <fcntl.h>
#include <limits.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "backends/share/share_server.h"

namespace minivmm::share {
namespace {

// getattr: the fields that are always told (P9_STATS_BASIC).
constexpr std::uint64_t kBasicAttributes = 0x7ff;

// setattr: which fields count (P9_SETATTR_*).
constexpr std::uint32_t kSetMode = 1u << 0;
constexpr std::uint32_t kSetUser = 1u << 1;
constexpr std::uint32_t kSetGroup = 1u << 2;
constexpr std::uint32_t kSetSize = 1u << 3;
constexpr std::uint32_t kSetAccessed = 1u << 4;
constexpr std::uint32_t kSetModified = 1u << 5;
constexpr std::uint32_t kAccessedGiven = 1u << 7;  // Else: now.
constexpr std::uint32_t kModifiedGiven = 1u << 8;

// No setuid, no setgid: a guest leaves nothing on the host that runs as somebody else.
constexpr mode_t kKeptMode = 01777;

struct Attributes {
  std::uint32_t valid = 0;
  std::uint32_t mode = 0;
  std::uint32_t user = 0;
  std::uint32_t group = 0;
  std::uint64_t size = 0;
  std::array<timespec, 2> times{};  // Accessed, modified.

  [[nodiscard]] bool has(std::uint32_t field) const { return (valid & field) != 0; }
};

timespec read_time(Reader& in) {
  timespec time{};
  time.tv_sec = static_cast<time_t>(in.u64());
  time.tv_nsec = static_cast<long>(in.u64());
  return time;
}

Attributes read_attributes(Reader& in) {
  Attributes wanted;
  wanted.valid = in.u32();
  wanted.mode = in.u32();
  wanted.user = in.u32();
  wanted.group = in.u32();
  wanted.size = in.u64();
  for (timespec& time : wanted.times) time = read_time(in);
  const auto settle = [&](timespec& time, std::uint32_t field, std::uint32_t given) {
    if (!wanted.has(field)) time.tv_nsec = UTIME_OMIT;
    if (wanted.has(field) && !wanted.has(given)) time.tv_nsec = UTIME_NOW;
  };
  settle(wanted.times[0], kSetAccessed, kAccessedGiven);
  settle(wanted.times[1], kSetModified, kModifiedGiven);
  return wanted;
}

int change_owner(int fd, const Attributes& wanted) {
  constexpr auto kAsItIs = ~std::uint32_t{0};  // chown(2).
  const std::uint32_t user = wanted.has(kSetUser) ? wanted.user : kAsItIs;
  const std::uint32_t group = wanted.has(kSetGroup) ? wanted.group : kAsItIs;
  return ::fchownat(fd, "", user, group, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW);
}

void put_time(Writer& out, const timespec& time) {
  out.u64(static_cast<std::uint64_t>(time.tv_sec));
  out.u64(static_cast<std::uint64_t>(time.tv_nsec));
}

}  // namespace

int ShareServer::statfs(Reader& in, Writer& out) {
  const Fid* fid = find(in.u32());
  if (!in.complete()) return EINVAL;
  if (fid == nullptr) return EBADF;
  struct ::statfs system {};
  if (::fstatfs(fid->file.get(), &system) != 0) return errno;
  out.u32(static_cast<std::uint32_t>(system.f_type));
  out.u32(static_cast<std::uint32_t>(system.f_bsize));
  out.u64(system.f_blocks);
  out.u64(system.f_bfree);
  out.u64(system.f_bavail);
  out.u64(system.f_files);
  out.u64(system.f_ffree);
  out.u64(0);  // fsid: the host's own is its secret.
  out.u32(static_cast<std::uint32_t>(system.f_namelen));
  return 0;
}

int ShareServer::getattr(Reader& in, Writer& out) {
  const Fid* fid = find(in.u32());
  in.u64();  // The fields that the client wants; it gets all that are usual.
  if (!in.complete()) return EINVAL;
  if (fid == nullptr) return EBADF;
  struct stat status {};
  if (::fstat(fid->file.get(), &status) != 0) return errno;
  out.u64(kBasicAttributes);
  out.qid(folder_.qid(status));
  out.u32(status.st_mode);
  out.u32(status.st_uid);
  out.u32(status.st_gid);
  out.u64(status.st_nlink);
  out.u64(status.st_rdev);
  out.u64(static_cast<std::uint64_t>(status.st_size));
  out.u64(static_cast<std::uint64_t>(status.st_blksize));
  out.u64(static_cast<std::uint64_t>(status.st_blocks));
  put_time(out, status.st_atim);
  put_time(out, status.st_mtim);
  put_time(out, status.st_ctim);
  put_time(out, {});  // btime, gen and data_version are not among the usual.
  out.u64(0);
  out.u64(0);
  return 0;
}

int ShareServer::setattr(Reader& in, Writer& /*out*/) {
  const Fid* fid = find(in.u32());
  const Attributes wanted = read_attributes(in);
  if (!in.complete()) return EINVAL;
  if (fid == nullptr) return EBADF;
  const int fd = fid->file.get();
  const std::string link = link_to(fd);
  const bool plain = S_ISREG(fid->type) || S_ISDIR(fid->type);
  if (wanted.has(kSetUser | kSetGroup) && change_owner(fd, wanted) != 0) return errno;
  if (wanted.has(kSetMode)) {
    if (!plain) return EOPNOTSUPP;  // chmod(2) knows none of a symbolic link.
    if (::chmod(link.c_str(), wanted.mode & kKeptMode) != 0) return errno;
  }
  if (wanted.has(kSetSize)) {
    if (!S_ISREG(fid->type)) return EINVAL;
    const auto size = static_cast<off_t>(wanted.size);
    // Who opened it for writing may, even where its mode has become that nobody may.
    const bool mine = fid->open && fid->writable;
    if ((mine ? ::ftruncate(fd, size) : ::truncate(link.c_str(), size)) != 0) return errno;
  }
  if (!wanted.has(kSetAccessed | kSetModified)) return 0;
  return ::utimensat(AT_FDCWD, link.c_str(), wanted.times.data(), 0) == 0 ? 0 : errno;
}

int ShareServer::readlink(Reader& in, Writer& out) {
  const Fid* fid = find(in.u32());
  if (!in.complete()) return EINVAL;
  if (fid == nullptr) return EBADF;
  if (!S_ISLNK(fid->type)) return EINVAL;
  std::array<char, PATH_MAX> target;
  const ssize_t size = ::readlinkat(fid->file.get(), "", target.data(), target.size());
  if (size < 0) return errno;
  out.text({target.data(), static_cast<std::size_t>(size)});
  return 0;
}

}  // namespace minivmm::share
