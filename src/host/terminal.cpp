#include "host/terminal.h"

#include <termios.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "host/log.h"
#include "host/system_error.h"

namespace minivmm {
namespace {

// Signals whose default action ends the process, and SIGTSTP, which stops it.
constexpr std::array kHandled{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGSEGV, SIGABRT,
                              SIGBUS, SIGILL,  SIGFPE, SIGTSTP, SIGCONT};

// What signal handlers need; handlers have no other way to get at it. Written only while fd is -1.
struct Shared {
  std::atomic<int> fd{-1};
  std::atomic<bool> raw{false};
  termios original{};
  termios raw_settings{};
  std::array<struct sigaction, kHandled.size()> former{};
};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);
Shared g_terminal;

// All below is async-signal-safe: tcgetpgrp, getpgrp, tcsetattr, sigaction, sigprocmask and raise
// are on POSIX's list (XSH 2.4.3).

// Where there is no job control for this terminal (it isn't ours), nobody else is in front either.
bool in_foreground(int fd) {
  const pid_t front = ::tcgetpgrp(fd);
  return front < 0 || front == ::getpgrp();
}

void set_attributes(int fd, const termios& settings) {
  // With SIGTTOU blocked a process that has just lost the foreground isn't stopped for this call.
  sigset_t background_write;
  sigset_t former;
  sigemptyset(&background_write);
  sigaddset(&background_write, SIGTTOU);
  ::pthread_sigmask(SIG_BLOCK, &background_write, &former);
  // TCSANOW: output that nobody reads must not hold up an end.
  while (::tcsetattr(fd, TCSANOW, &settings) != 0 && errno == EINTR) {
  }
  ::pthread_sigmask(SIG_SETMASK, &former, nullptr);
}

// In the background the terminal belongs to someone else, who has already set it up for himself.
void restore() {
  const int fd = g_terminal.fd.load();
  if (fd < 0 || !g_terminal.raw.exchange(false)) return;
  if (in_foreground(fd)) set_attributes(fd, g_terminal.original);
}

bool make_raw() {
  const int fd = g_terminal.fd.load();
  if (fd < 0) return false;
  if (!in_foreground(fd)) {
    g_terminal.raw = false;
    return false;
  }
  if (!g_terminal.raw.exchange(true)) set_attributes(fd, g_terminal.raw_settings);
  return true;
}

void handle(int number);

struct sigaction our_action() {
  struct sigaction action {};
  action.sa_handler = handle;
  action.sa_flags = SA_RESTART | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  return action;
}

void set_default(int number) {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  ::sigaction(number, &action, nullptr);
}

void raise_now(int number) {
  sigset_t one;
  sigset_t former;
  sigemptyset(&one);
  sigaddset(&one, number);
  ::raise(number);
  ::pthread_sigmask(SIG_UNBLOCK, &one, &former);
  ::pthread_sigmask(SIG_SETMASK, &former, nullptr);
}

void stop_until_continued() {
  const bool was_raw = g_terminal.raw.load();
  restore();
  set_default(SIGTSTP);
  raise_now(SIGTSTP);  // Returns when SIGCONT has come.
  const struct sigaction action = our_action();
  ::sigaction(SIGTSTP, &action, nullptr);
  if (was_raw) make_raw();
}

void continued() {
  // After SIGSTOP, which can't be caught, the shell has changed the settings under us.
  if (g_terminal.raw.exchange(false)) make_raw();
}

void end_by(int number) {
  restore();
  for (std::size_t i = 0; i < kHandled.size(); ++i) {
    // What handled the signal before (a sanitizer's report, say) or the default takes over.
    if (kHandled[i] == number) ::sigaction(number, &g_terminal.former[i], nullptr);
  }
  raise_now(number);
}

void handle(int number) {
  const int former_errno = errno;
  switch (number) {
    case SIGTSTP:
      stop_until_continued();
      break;
    case SIGCONT:
      continued();
      break;
    default:
      end_by(number);
      break;
  }
  errno = former_errno;
}

bool is_fault(int number) {
  return number == SIGSEGV || number == SIGABRT || number == SIGBUS || number == SIGILL ||
         number == SIGFPE;
}

void install_handlers() {
  const struct sigaction action = our_action();
  for (std::size_t i = 0; i < kHandled.size(); ++i) {
    struct sigaction& former = g_terminal.former[i];
    ::sigaction(kHandled[i], nullptr, &former);
    // A signal that is ignored or handled doesn't end the process; a fault does in any case.
    const bool is_default = (former.sa_flags & SA_SIGINFO) == 0 && former.sa_handler == SIG_DFL;
    if (is_default || is_fault(kHandled[i])) ::sigaction(kHandled[i], &action, nullptr);
  }
}

void remove_handlers() {
  for (std::size_t i = 0; i < kHandled.size(); ++i) {
    struct sigaction current {};
    ::sigaction(kHandled[i], nullptr, &current);
    if (current.sa_handler == handle) ::sigaction(kHandled[i], &g_terminal.former[i], nullptr);
  }
}

}  // namespace

RawTerminal::RawTerminal(int fd) {
  if (g_terminal.fd.load() >= 0) throw HostError("the terminal is in use already (give it once)");
  if (::tcgetattr(fd, &g_terminal.original) != 0)
    throw system_error("cannot read the terminal's settings");
  g_terminal.raw_settings = g_terminal.original;
  ::cfmakeraw(&g_terminal.raw_settings);
  g_terminal.fd = fd;
  [[maybe_unused]] static const int registered = std::atexit(restore);
  install_handlers();
  enter();
}

RawTerminal::~RawTerminal() {
  restore();
  log::set_raw_terminal(false);
  remove_handlers();
  g_terminal.fd = -1;
}

void RawTerminal::leave() {
  restore();
  log::set_raw_terminal(false);
}

bool RawTerminal::enter() {
  const bool was_raw = g_terminal.raw.load();
  const bool is_raw = make_raw();
  if (is_raw != was_raw) log::set_raw_terminal(is_raw && ::isatty(STDERR_FILENO) == 1);
  return is_raw;
}

}  // namespace minivmm
