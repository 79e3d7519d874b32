#include "terminal/pty_run.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace minivmm {
namespace {

constexpr int kPatienceMs = 60'000;

[[noreturn]] void become_minivmm(int terminal, const std::vector<std::string>& arguments) {
  ::setsid();
  ::ioctl(terminal, TIOCSCTTY, 0);
  for (int fd = 0; fd < 3; ++fd) ::dup2(terminal, fd);
  // A sanitizer would make its own exit status of a SIGSEGV that a test sends.
  ::setenv("ASAN_OPTIONS", "handle_segv=0", 1);
  ::setenv("TSAN_OPTIONS", "handle_segv=0", 1);
  std::vector<char*> argv;
  std::string program = MINIVMM_PROGRAM;
  argv.push_back(program.data());
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

bool same(const termios& a, const termios& b) {
  return a.c_iflag == b.c_iflag && a.c_oflag == b.c_oflag && a.c_cflag == b.c_cflag &&
         a.c_lflag == b.c_lflag && std::memcmp(a.c_cc, b.c_cc, sizeof a.c_cc) == 0;
}

termios settings(int fd) {
  termios result{};
  ::tcgetattr(fd, &result);
  return result;
}

}  // namespace

PtyRun::PtyRun(const std::vector<std::string>& arguments) {
  int master = -1;
  int slave = -1;
  if (::openpty(&master, &slave, nullptr, nullptr, nullptr) != 0)
    throw std::runtime_error("no pseudo-terminal");
  master_.reset(master);
  slave_.reset(slave);
  ::fcntl(master, F_SETFD, FD_CLOEXEC);
  ::fcntl(slave, F_SETFD, FD_CLOEXEC);
  before_ = settings(slave);
  pid_ = ::fork();
  if (pid_ == 0) become_minivmm(slave, arguments);
}

PtyRun::~PtyRun() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool PtyRun::read_more() {
  pollfd poll_fd{.fd = master_.get(), .events = POLLIN, .revents = 0};
  if (::poll(&poll_fd, 1, kPatienceMs) != 1) return false;
  std::array<char, 4096> buffer{};
  const ssize_t got = ::read(master_.get(), buffer.data(), buffer.size());
  if (got <= 0) return false;
  output_.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

bool PtyRun::wait_for(std::string_view text) {
  for (;;) {
    const std::size_t found = output_.find(text, seen_);
    if (found != std::string::npos) {
      seen_ = found + text.size();
      return true;
    }
    if (!read_more()) return false;
  }
}

void PtyRun::type(std::string_view keys) {
  if (::write(master_.get(), keys.data(), keys.size()) < 0)
    throw std::runtime_error("the terminal takes no keys");
}

void PtyRun::signal(int number) const {
  ::kill(pid_, number);
}

int PtyRun::wait_for_end() {
  // The slave's copy here keeps the master open, so the end is told by the process, not by the
  // line.
  siginfo_t info{};
  for (;;) {
    pollfd poll_fd{.fd = master_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&poll_fd, 1, 10) == 1) (void)read_more();
    info.si_pid = 0;
    ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT);
    if (info.si_pid == pid_) break;
  }
  pollfd poll_fd{.fd = master_.get(), .events = POLLIN, .revents = 0};
  while (::poll(&poll_fd, 1, 0) == 1 && read_more()) {
  }
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

std::string PtyRun::account() const {
  std::string text = output_ + "\n";
  const std::string tasks = "/proc/" + std::to_string(pid_) + "/task";
  std::error_code none;
  for (const auto& task : std::filesystem::directory_iterator(tasks, none)) {
    // Name, state, processor time; and where in the kernel it waits.
    for (const char* file : {"stat", "wchan"}) {
      std::string line;
      std::getline(std::ifstream(task.path() / file), line);
      text += line + "\n";
    }
  }
  return text;
}

bool PtyRun::is_raw() const {
  return (settings(slave_.get()).c_lflag & (ICANON | ECHO | ISIG)) == 0;
}

bool PtyRun::is_restored() const {
  return same(settings(slave_.get()), before_);
}

}  // namespace minivmm
