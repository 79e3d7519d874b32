// Files that a client has opened.

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "backends/share/share_server.h"

namespace minivmm::share {
namespace {

// Of the flags that Linux's client sends, whose numbers are those of open(2) on x86, the ones that
// mean something here. Not O_APPEND: a write says its offset, and with it the host would ignore
// that. Not O_DIRECT: it is the guest's page cache that a guest's program wants to pass.
constexpr int kKeptFlags = O_ACCMODE | O_TRUNC | O_DSYNC | O_SYNC | O_NOATIME;

// No setuid, no setgid: a guest leaves nothing on the host that runs as somebody else.
constexpr mode_t kKeptMode = 01777;

bool writes(int flags) {
  return (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC) != 0;
}

// O_NOATIME is the owner's alone: to the others it is a wish.
UniqueFd open_existing(int fd, int flags) {
  UniqueFd opened = reopen(fd, flags);
  if (!opened && errno == EPERM && (flags & O_NOATIME) != 0)
    opened = reopen(fd, flags & ~O_NOATIME);
  return opened;
}

// Linux: struct linux_dirent64 of getdents64(2), up to its name.
struct EntryHead {
  std::uint64_t inode;
  std::int64_t next;
  std::uint16_t size;
  std::uint8_t type;
};
constexpr std::size_t kEntryName = 19;
static_assert(offsetof(EntryHead, type) == kEntryName - 1);

// protocol.md of 9P2000.L, lock and getlock: the numbers on the wire.
enum class LockType : std::uint8_t { kRead = 0, kWrite = 1, kUnlock = 2 };
enum class LockStatus : std::uint8_t { kSuccess = 0, kBlocked = 1, kError = 2 };

struct LockWish {
  LockType type = LockType::kUnlock;
  std::uint64_t start = 0;
  std::uint64_t length = 0;  // 0: up to the end.

  [[nodiscard]] bool sensible() const {
    constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
    return type <= LockType::kUnlock && start <= kMost && length <= kMost - start;
  }
  [[nodiscard]] struct flock for_host() const {
    struct flock wish {};
    wish.l_type = static_cast<short>(type == LockType::kRead    ? F_RDLCK
                                     : type == LockType::kWrite ? F_WRLCK
                                                                : F_UNLCK);
    wish.l_whence = SEEK_SET;
    wish.l_start = static_cast<off_t>(start);
    wish.l_len = static_cast<off_t>(length);
    return wish;
  }
};

// A lock of the open file, as flock(2) makes it, for the one that fcntl(2) refuses: an exclusive
// one on what was opened to be read.
int lock_whole_file(int fd, LockType type) {
  const int operation = type == LockType::kRead    ? LOCK_SH
                        : type == LockType::kWrite ? LOCK_EX
                                                   : LOCK_UN;
  return ::flock(fd, operation | LOCK_NB);
}

}  // namespace

/// The fid becomes what was opened; an answer's qid and iounit (0: as large as a message allows).
int ShareServer::take_over(Fid& fid, UniqueFd opened, int flags, Writer& out) {
  struct stat status {};
  if (!opened || ::fstat(opened.get(), &status) != 0) return errno;
  fid = {.file = std::move(opened),
         .type = status.st_mode & S_IFMT,
         .open = true,
         .writable = (flags & O_ACCMODE) != O_RDONLY};
  out.qid(folder_.qid(status));
  out.u32(0);
  return 0;
}

int ShareServer::lopen(Reader& in, Writer& out) {
  Fid* fid = find(in.u32());
  const int flags = static_cast<int>(in.u32()) & kKeptFlags;
  if (!in.complete()) return EINVAL;
  if (fid == nullptr || fid->open) return EBADF;
  if (!S_ISREG(fid->type) && !S_ISDIR(fid->type)) return EPERM;
  if (read_only_ && writes(flags)) return EROFS;
  return take_over(*fid, open_existing(fid->file.get(), flags), flags, out);
}

/// Always a new file: opening one that is there could open anything, so that goes the way of
/// lopen().
int ShareServer::lcreate(Reader& in, Writer& out) {
  Fid* folder = find(in.u32());
  const std::string_view name = in.text();
  const auto asked = static_cast<int>(in.u32());
  const mode_t mode = in.u32() & kKeptMode;
  in.u32();  // The group: that of who runs minivmm.
  if (!in.complete()) return EINVAL;
  if (folder == nullptr || folder->open) return EBADF;
  const int flags = asked & kKeptFlags;
  UniqueFd opened = open_name(folder->file.get(), name,
                              (flags & ~O_TRUNC) | O_CREAT | O_EXCL | O_NOCTTY | O_NONBLOCK, mode);
  if (!opened && errno == EEXIST && (asked & O_EXCL) == 0) {
    const UniqueFd there = open_name(folder->file.get(), name, O_PATH);
    struct stat status {};
    if (!there || ::fstat(there.get(), &status) != 0) return errno;
    if (!S_ISREG(status.st_mode)) return EEXIST;
    opened = open_existing(there.get(), flags);
  }
  return take_over(*folder, std::move(opened), flags, out);
}

int ShareServer::read(Reader& in, Writer& out) {
  const Fid* fid = find_open(in.u32());
  const std::uint64_t offset = in.u64();
  const std::uint32_t count = in.u32();
  if (!in.complete()) return EINVAL;
  if (fid == nullptr) return EBADF;
  out.u32(0);
  if (out.overrun()) return EMSGSIZE;
  const auto room = out.rest().first(std::min<std::size_t>(count, out.rest().size()));
  const ssize_t got =
      ::pread(fid->file.get(), room.data(), room.size(), static_cast<off_t>(offset));
  if (got < 0) return errno;
  out.skip(static_cast<std::size_t>(got));
  out.put_u32(0, static_cast<std::uint32_t>(got));
  return 0;
}

int ShareServer::write(Reader& in, Writer& out) {
  const Fid* fid = find_open(in.u32());
  const std::uint64_t offset = in.u64();
  const auto data = in.data(in.u32());
  if (!in.complete()) return EINVAL;
  if (fid == nullptr || !fid->writable) return EBADF;
  const ssize_t written =
      ::pwrite(fid->file.get(), data.data(), data.size(), static_cast<off_t>(offset));
  if (written < 0) return errno;
  out.u32(static_cast<std::uint32_t>(written));
  return 0;
}

int ShareServer::fsync(Reader& in, Writer& /*out*/) {
  const Fid* fid = find_open(in.u32());
  const bool data_only = !in.at_end() && in.u32() != 0;
  if (!in.complete()) return EINVAL;
  if (fid == nullptr) return EBADF;
  return (data_only ? ::fdatasync(fid->file.get()) : ::fsync(fid->file.get())) == 0 ? 0 : errno;
}

int ShareServer::readdir(Reader& in, Writer& out) {
  const Fid* fid = find_open(in.u32());
  const std::uint64_t offset = in.u64();
  const std::uint32_t count = in.u32();
  if (!in.complete()) return EINVAL;
  if (fid == nullptr) return EBADF;
  if (!S_ISDIR(fid->type)) return ENOTDIR;
  const int fd = fid->file.get();
  struct stat status {};
  if (::lseek(fd, static_cast<off_t>(offset), SEEK_SET) < 0 || ::fstat(fd, &status) != 0)
    return errno;
  out.u32(0);
  if (out.overrun()) return EMSGSIZE;
  const std::size_t most = std::min<std::size_t>(count, out.rest().size());
  alignas(EntryHead) std::array<std::byte, 16384> entries;
  std::size_t filled = 0;
  for (bool more = true; more;) {
    const long got = ::syscall(SYS_getdents64, fd, entries.data(), entries.size());
    // Those before are told; the next request meets the error again.
    if (got < 0 && filled == 0) return errno;
    if (got <= 0) break;
    const auto some = std::span(entries).first(static_cast<std::size_t>(got));
    filled += put_entries(some, folder_.is_root(status), status.st_ino, most - filled, out);
    if (filled == 0) return EINVAL;  // getdents64(2): no room for even one.
    // With less room left some may not have been told; the client goes on behind the last that was.
    more = most - filled > entries.size();
  }
  out.put_u32(0, static_cast<std::uint32_t>(filled));
  return 0;
}

/// As many as have room, each qid[13] offset[8] type[1] name[s]; answers their bytes.
std::size_t ShareServer::put_entries(std::span<const std::byte> entries, bool at_root,
                                     std::uint64_t root_inode, std::size_t most, Writer& out) {
  const std::size_t before = out.used();
  while (entries.size() > kEntryName) {
    EntryHead head{};
    std::memcpy(&head, entries.data(), kEntryName);
    const auto* text = reinterpret_cast<const char*>(entries.data() + kEntryName);
    const std::string_view name(text, ::strnlen(text, head.size - kEntryName));
    const std::size_t needed = kQidSize + 8 + 1 + 2 + name.size();
    if (needed > most - (out.used() - before)) break;
    Qid qid{.path = head.inode};
    if (at_root && name == "..") qid.path = root_inode;  // What is above is nobody's business.
    if (head.type == DT_DIR) qid.type = kQidDirectory;
    if (head.type == DT_LNK) qid.type = kQidSymlink;
    out.qid(qid);
    out.u64(static_cast<std::uint64_t>(head.next));
    out.u8(head.type);
    out.text(name);
    entries = entries.subspan(head.size);
  }
  return out.used() - before;
}

/// Held by the open file, so that a fid's locks are its own, and end with it.
int ShareServer::lock(Reader& in, Writer& out) {
  const Fid* fid = find_open(in.u32());
  LockWish wish{.type = LockType{in.u8()}};
  in.u32();  // Flags: who waits asks again.
  wish.start = in.u64();
  wish.length = in.u64();
  in.u32();
  in.text();  // Whose it is: the client sees to its own processes.
  if (!in.complete() || !wish.sensible()) return EINVAL;
  if (fid == nullptr) return EBADF;
  struct flock lock = wish.for_host();
  int done = ::fcntl(fid->file.get(), F_OFD_SETLK, &lock);
  const bool refused = done != 0 && errno == EBADF;
  if (refused || wish.type == LockType::kUnlock) done = lock_whole_file(fid->file.get(), wish.type);
  if (done != 0 && errno != EAGAIN && errno != EACCES) return errno;
  const LockStatus status = done == 0 ? LockStatus::kSuccess : LockStatus::kBlocked;
  out.u8(static_cast<std::uint8_t>(status));
  return 0;
}

int ShareServer::getlock(Reader& in, Writer& out) {
  const Fid* fid = find_open(in.u32());
  LockWish wish{.type = LockType{in.u8()}};
  wish.start = in.u64();
  wish.length = in.u64();
  const std::uint32_t process = in.u32();
  const std::string_view client = in.text();
  if (!in.complete() || !wish.sensible()) return EINVAL;
  if (fid == nullptr) return EBADF;
  struct flock lock = wish.for_host();
  if (lock.l_type == F_UNLCK) return EINVAL;
  if (::fcntl(fid->file.get(), F_OFD_GETLK, &lock) != 0) return errno;
  const LockType held = lock.l_type == F_UNLCK   ? LockType::kUnlock
                        : lock.l_type == F_RDLCK ? LockType::kRead
                                                 : LockType::kWrite;
  out.u8(static_cast<std::uint8_t>(held));
  out.u64(static_cast<std::uint64_t>(lock.l_start));
  out.u64(static_cast<std::uint64_t>(lock.l_len));
  out.u32(process);
  out.text(client);
  return 0;
}

}  // namespace minivmm::share
