#include "host/terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <stdexcept>

#include "minivmm/error.h"
#include "support/child_process.h"
#include "support/terminal_pair.h"

namespace minivmm {
namespace {

using test::ChildProcess;
using test::is_raw;
using test::Rendezvous;
using test::same_settings;
using test::TerminalPair;

void wait_forever() {
  for (;;) ::pause();
}

// A child leads a session whose terminal is the pair's, as under a shell in a window.
void own_terminal(const TerminalPair& terminal) {
  ::setsid();
  ::ioctl(terminal.program.get(), TIOCSCTTY, 0);
}

// Catch2's and a sanitizer's handlers would change what a signal does.
void default_signals() {
  for (int number = 1; number < SIGRTMIN; ++number) ::signal(number, SIG_DFL);
}

TEST_CASE("a terminal is raw while the object lives and as before afterwards") {
  const TerminalPair terminal;
  const termios before = terminal.settings();
  REQUIRE_FALSE(is_raw(before));
  {
    const RawTerminal raw(terminal.program.get());
    CHECK(is_raw(terminal.settings()));
  }
  CHECK(same_settings(terminal.settings(), before));
}

TEST_CASE("raw mode can be taken a second time, but not twice at once") {
  const TerminalPair terminal;
  { const RawTerminal first(terminal.program.get()); }
  const RawTerminal second(terminal.program.get());
  CHECK(is_raw(terminal.settings()));
  CHECK_THROWS_AS(RawTerminal(terminal.program.get()), HostError);
  CHECK(is_raw(terminal.settings()));
}

TEST_CASE("what is no terminal is refused") {
  const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  CHECK_THROWS_AS(RawTerminal(null.get()), HostError);
}

TEST_CASE("a process that dies of a signal gives its terminal back") {
  const int number =
      GENERATE(SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE);
  CAPTURE(number);
  const TerminalPair terminal;
  const termios before = terminal.settings();
  const Rendezvous ready;
  ChildProcess child([&] {
    default_signals();
    own_terminal(terminal);
    const RawTerminal raw(terminal.program.get());
    ready.arrive();
    wait_forever();
    return 0;
  });
  ready.wait();
  REQUIRE(is_raw(terminal.settings()));
  child.send(number);
  const int status = child.wait();
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == number);
  CHECK(same_settings(terminal.settings(), before));
}

TEST_CASE("a process that exits in the middle gives its terminal back") {
  const TerminalPair terminal;
  const termios before = terminal.settings();
  ChildProcess child([&] {
    own_terminal(terminal);
    const RawTerminal raw(terminal.program.get());
    if (!is_raw(terminal.settings())) ::_exit(1);
    std::exit(3);
    return 0;
  });
  CHECK(WEXITSTATUS(child.wait()) == 3);
  CHECK(same_settings(terminal.settings(), before));
}

TEST_CASE("an uncaught exception gives the terminal back") {
  const TerminalPair terminal;
  const termios before = terminal.settings();
  ChildProcess child([&] {
    default_signals();
    own_terminal(terminal);
    const RawTerminal raw(terminal.program.get());
    std::terminate();
    return 0;
  });
  CHECK(WTERMSIG(child.wait()) == SIGABRT);
  CHECK(same_settings(terminal.settings(), before));
}

TEST_CASE("a null pointer's use gives the terminal back") {
  const TerminalPair terminal;
  const termios before = terminal.settings();
  ChildProcess child([&] {
    default_signals();
    own_terminal(terminal);
    const RawTerminal raw(terminal.program.get());
    volatile int* nowhere = nullptr;
#if defined(__SANITIZE_ADDRESS__)
    ::raise(SIGSEGV);
#else
    *nowhere = 1;
#endif
    return static_cast<int>(nowhere != nullptr);
  });
  CHECK(WTERMSIG(child.wait()) == SIGSEGV);
  CHECK(same_settings(terminal.settings(), before));
}

TEST_CASE("a stopped process lends the terminal out and takes it raw again when continued") {
  const TerminalPair terminal;
  const termios before = terminal.settings();
  const Rendezvous ready;
  const Rendezvous continued;
  // A process group that nobody watches (an orphan) can't be stopped by SIGTSTP: so the session's
  // leader is one process, and the program its child in a group of its own, as under a shell.
  ChildProcess shell([&] {
    default_signals();
    own_terminal(terminal);
    ::signal(SIGTTOU, SIG_IGN);
    ChildProcess program([&] {
      ::setpgid(0, 0);
      ::tcsetpgrp(terminal.program.get(), ::getpgrp());
      ::signal(SIGTTOU, SIG_DFL);
      const RawTerminal raw(terminal.program.get());
      ready.arrive();
      wait_forever();
      return 0;
    });
    ready.wait();
    if (!is_raw(terminal.settings())) return 1;
    program.send(SIGTSTP);
    if (!program.wait_until_stopped()) return 2;
    if (!same_settings(terminal.settings(), before)) return 3;
    program.send(SIGCONT);
    while (!is_raw(terminal.settings())) ::usleep(1000);
    program.send(SIGTERM);
    if (WTERMSIG(program.wait()) != SIGTERM) return 4;
    return same_settings(terminal.settings(), before) ? 0 : 5;
  });
  CHECK(shell.wait() == 0);
}

TEST_CASE("a process in the background leaves the terminal alone and isn't stopped") {
  const TerminalPair terminal;
  const termios before = terminal.settings();
  ChildProcess shell([&] {
    default_signals();
    own_terminal(terminal);
    ChildProcess program([&] {
      ::setpgid(0, 0);  // The terminal's foreground stays the shell.
      RawTerminal raw(terminal.program.get());
      const bool entered = raw.enter();
      return entered || !same_settings(terminal.settings(), before) ? 1 : 0;
    });
    int status = 0;
    ::waitpid(program.pid(), &status, WUNTRACED);
    return status;
  });
  CHECK(shell.wait() == 0);
  CHECK(same_settings(terminal.settings(), before));
}

TEST_CASE("a terminal whose window has closed ends nothing by itself") {
  TerminalPair terminal;
  RawTerminal raw(terminal.program.get());
  terminal.window.reset();
  CHECK(raw.enter());
}

}  // namespace
}  // namespace minivmm
