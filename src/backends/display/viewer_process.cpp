#include "backends/display/viewer_process.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <cstdlib>

#include "host/system_error.h"

namespace minivmm::view {
namespace {

bool is_set(const char* variable) {
  const char* const value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

// posix_spawn(3)'s attributes and actions, destroyed at the end.
struct Spawning {
  Spawning() {
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_init(&actions);
  }
  Spawning(const Spawning&) = delete;
  Spawning& operator=(const Spawning&) = delete;
  ~Spawning() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  posix_spawnattr_t attributes{};
  posix_spawn_file_actions_t actions{};
};

// It gets its socket and nothing else of ours: no blocked or ignored signals, no terminal to read,
// and a process group of its own, so that Ctrl-C on the terminal is the machine's alone.
pid_t spawn(const std::string& program, int socket) {
  Spawning spawning;
  sigset_t none;
  sigset_t defaults;
  ::sigemptyset(&none);
  ::sigemptyset(&defaults);
  for (const int number : {SIGPIPE, SIGXFSZ}) ::sigaddset(&defaults, number);
  ::posix_spawnattr_setsigmask(&spawning.attributes, &none);
  ::posix_spawnattr_setsigdefault(&spawning.attributes, &defaults);
  ::posix_spawnattr_setpgroup(&spawning.attributes, 0);
  ::posix_spawnattr_setflags(
      &spawning.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  ::posix_spawn_file_actions_addopen(&spawning.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&spawning.actions, socket, kViewerFd);
  std::string option = "--fd";
  std::string number = std::to_string(kViewerFd);
  std::string name = program;
  const std::array<char*, 4> arguments{name.data(), option.data(), number.data(), nullptr};
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, program.c_str(), &spawning.actions, &spawning.attributes,
                                  arguments.data(), ::environ);
  if (error != 0)
    throw system_error(fmt::format("cannot start '{}'", program), "is it a program for this host?",
                       error);
  return pid;
}

}  // namespace

bool host_has_display() {
  return is_set("DISPLAY") || is_set("WAYLAND_DISPLAY");
}

ViewerProcess::ViewerProcess(EventLoop& loop, const std::string& program,
                             std::function<void(int)> on_exit)
    : on_exit_(std::move(on_exit)) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw system_error("cannot make the window's socket",
                       "raise the limit of open files: ulimit -n");
  socket_.reset(ends[0]);
  const UniqueFd theirs(ends[1]);
  ::fcntl(socket_.get(), F_SETFL, O_NONBLOCK);
  pid_ = spawn(program, theirs.get());
  process_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (process_) watch_ = loop.watch_readable(process_.get(), [this] { reap(); });
}

void ViewerProcess::reap() {
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return;
  watch_.reset();
  on_exit_(status);
}

}  // namespace minivmm::view
