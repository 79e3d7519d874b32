// Names in folders: made, moved, taken away. Every name is one name (is_name()), beside an open
// folder.

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "backends/share/share_server.h"

namespace minivmm::share {
namespace {

constexpr mode_t kKeptMode = 01777;  // No setuid, no setgid.

// protocol.md of 9P2000.L, unlinkat: its only flag, with Linux's number.
constexpr std::uint32_t kRemoveFolder = AT_REMOVEDIR;

}  // namespace

/// Of what was just made under that name.
int ShareServer::put_qid(int folder, const std::string& name, Writer& out) const {
  struct stat status {};
  if (::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return errno;
  out.qid(folder_.qid(status));
  return 0;
}

int ShareServer::mkdir(Reader& in, Writer& out) {
  const Fid* folder = find(in.u32());
  const std::string name(in.text());
  const mode_t mode = in.u32() & kKeptMode;
  in.u32();
  if (!in.complete() || !is_name(name)) return EINVAL;
  if (folder == nullptr) return EBADF;
  if (::mkdirat(folder->file.get(), name.c_str(), mode) != 0) return errno;
  return put_qid(folder->file.get(), name, out);
}

/// Regular files only: a device is a door into the host, and a FIFO or a socket makes a program of
/// the host wait that looks into the folder.
int ShareServer::mknod(Reader& in, Writer& out) {
  const Fid* folder = find(in.u32());
  const std::string name(in.text());
  const mode_t mode = in.u32();
  in.u32();  // The device's numbers,
  in.u32();
  in.u32();  // and the group.
  if (!in.complete() || !is_name(name)) return EINVAL;
  if (folder == nullptr) return EBADF;
  if (!S_ISREG(mode)) return EPERM;
  const UniqueFd made =
      open_name(folder->file.get(), name, O_WRONLY | O_CREAT | O_EXCL | O_NOCTTY, mode & kKeptMode);
  return made ? put_qid(folder->file.get(), name, out) : errno;
}

/// Its target is words, which mean something to the guest alone.
int ShareServer::symlink(Reader& in, Writer& out) {
  const Fid* folder = find(in.u32());
  const std::string name(in.text());
  const std::string target(in.text());
  in.u32();
  if (!in.complete() || !is_name(name)) return EINVAL;
  if (target.empty() || target.find('\0') != std::string::npos) return EINVAL;
  if (folder == nullptr) return EBADF;
  if (::symlinkat(target.c_str(), folder->file.get(), name.c_str()) != 0) return errno;
  return put_qid(folder->file.get(), name, out);
}

int ShareServer::link(Reader& in, Writer& /*out*/) {
  const Fid* folder = find(in.u32());
  const Fid* file = find(in.u32());
  const std::string name(in.text());
  if (!in.complete() || !is_name(name)) return EINVAL;
  if (folder == nullptr || file == nullptr) return EBADF;
  const std::string from = link_to(file->file.get());
  return ::linkat(AT_FDCWD, from.c_str(), folder->file.get(), name.c_str(), AT_SYMLINK_FOLLOW) == 0
             ? 0
             : errno;
}

int ShareServer::renameat(Reader& in, Writer& /*out*/) {
  const Fid* from = find(in.u32());
  const std::string old_name(in.text());
  const Fid* to = find(in.u32());
  const std::string new_name(in.text());
  if (!in.complete() || !is_name(old_name) || !is_name(new_name)) return EINVAL;
  if (from == nullptr || to == nullptr) return EBADF;
  return ::renameat(from->file.get(), old_name.c_str(), to->file.get(), new_name.c_str()) == 0
             ? 0
             : errno;
}

int ShareServer::unlinkat(Reader& in, Writer& /*out*/) {
  const Fid* folder = find(in.u32());
  const std::string name(in.text());
  const std::uint32_t flags = in.u32();
  if (!in.complete() || !is_name(name) || (flags & ~kRemoveFolder) != 0) return EINVAL;
  if (folder == nullptr) return EBADF;
  return ::unlinkat(folder->file.get(), name.c_str(), static_cast<int>(flags)) == 0 ? 0 : errno;
}

}  // namespace minivmm::share
