#include "backends/block/image_lock.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cctype>
#include <charconv>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>

#include "host/log.h"
#include "host/system_error.h"

namespace minivmm {
namespace {

struct flock whole_file(short type) {
  struct flock lock {};  // A length of 0: up to the end, however far that moves.
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

struct flock whole_file(LockKind kind) {
  return whole_file(static_cast<short>(kind == LockKind::kExclusive ? F_WRLCK : F_RDLCK));
}

std::optional<pid_t> parse_pid(std::string_view text) {
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return pid;
}

void for_each_entry(const std::string& folder, const std::function<void(std::string_view)>& visit) {
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(folder.c_str()), ::closedir);
  if (!open) return;
  while (const dirent* entry = ::readdir(open.get())) visit(entry->d_name);
}

// proc_pid_fdinfo(5): a description that holds a lock shows it in a line "lock:".
bool holds_lock(const std::string& fdinfo_path) {
  std::ifstream fdinfo(fdinfo_path);
  for (std::string line; std::getline(fdinfo, line);) {
    if (line.starts_with("lock:") && line.find("OFDLCK") != std::string::npos) return true;
  }
  return false;
}

bool process_holds(const std::string& process, const struct stat& image, int except_fd) {
  bool found = false;
  for_each_entry(process + "/fd", [&](std::string_view fd) {
    struct stat status {};
    if (found || parse_pid(fd) == except_fd) return;
    if (::stat(fmt::format("{}/fd/{}", process, fd).c_str(), &status) != 0) return;
    found = status.st_dev == image.st_dev && status.st_ino == image.st_ino &&
            holds_lock(fmt::format("{}/fdinfo/{}", process, fd));
  });
  return found;
}

// The kernel doesn't tell who holds an OFD lock (F_OFD_GETLK and /proc/locks say -1), so every
// process whose descriptors we may see is looked at.
std::optional<pid_t> find_holder(int fd, LockKind kind) {
  struct flock lock = whole_file(kind);
  if (::fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK && lock.l_pid > 0)
    return lock.l_pid;  // A traditional lock of a process.
  struct stat image {};
  if (::fstat(fd, &image) != 0) return std::nullopt;
  std::optional<pid_t> holder;
  for_each_entry("/proc", [&](std::string_view name) {
    const auto pid = parse_pid(name);
    if (!pid || holder) return;
    const int except_fd = *pid == ::getpid() ? fd : -1;
    if (process_holds(fmt::format("/proc/{}", *pid), image, except_fd)) holder = pid;
  });
  return holder;
}

// Its name as in argv[0], without the folder; unprintable characters can't reach the terminal.
std::string command_of(pid_t pid) {
  std::ifstream cmdline(fmt::format("/proc/{}/cmdline", pid));
  std::string name;
  std::getline(cmdline, name, '\0');
  name.erase(0, name.rfind('/') + 1);
  if (name.empty()) {
    std::ifstream comm(fmt::format("/proc/{}/comm", pid));
    std::getline(comm, name);
  }
  for (char& c : name) {
    if (std::isprint(static_cast<unsigned char>(c)) == 0) c = '?';
  }
  return name;
}

std::string refusal(int fd, LockKind kind) {
  const char* remedy = kind == LockKind::kExclusive
                           ? "two machines writing would destroy it; stop the other one first"
                           : "it is being written to; stop the other one first";
  const auto holder = find_holder(fd, kind);
  if (!holder) return fmt::format("in use by another program ({})", remedy);
  if (*holder == ::getpid())
    return "in use by this machine already (was it given twice? only ,readonly images may be)";
  return fmt::format("in use by process {}, {} ({})", *holder, command_of(*holder), remedy);
}

}  // namespace

void lock_image(int fd, LockKind kind, std::string_view what) {
  struct flock lock = whole_file(kind);
  if (::fcntl(fd, F_OFD_SETLK, &lock) == 0) return;
  const int error = errno;
  if (error == EAGAIN || error == EACCES)
    throw ConfigError(fmt::format("{}: {}", what, refusal(fd, kind)));
  log::warning("{}: cannot be locked ({}): make sure that nothing else uses it", what,
               errno_text(error));
}

void unlock_image(int fd) {
  struct flock lock = whole_file(static_cast<short>(F_UNLCK));
  // Closing does it, too, if a little later.
  [[maybe_unused]] const int result = ::fcntl(fd, F_OFD_SETLK, &lock);
}

}  // namespace minivmm
