// A serial line on a terminal: raw, with the keys that speak to the machine.

#include <fcntl.h>
#include <sys/ioctl.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <semaphore>
#include <string>

#include "backends/char/stdio_backend.h"
#include "support/byte_log.h"
#include "support/child_process.h"
#include "support/loop_thread.h"
#include "support/terminal_pair.h"

namespace minivmm {
namespace {

using test::ByteLog;
using test::bytes_of;
using test::LoopThread;
using test::TerminalPair;

// The terminal is raw, and back as it was at the end.
struct Console {
  Console()
      : before(terminal.settings()),
        backend(std::make_unique<StdioBackend>(thread.loop(),
                                               CharEvents{.on_quit = [this] { quit.release(); },
                                                          .on_hangup = [this] { hangup.release(); },
                                                          .on_name = {}},
                                               terminal.program.get(), terminal.program.get())) {}
  ~Console() { thread.stop(); }

  TerminalPair terminal;
  termios before;
  std::binary_semaphore quit{0};
  std::binary_semaphore hangup{0};
  LoopThread thread;
  std::unique_ptr<StdioBackend> backend;
};

TEST_CASE("keys reach the guest and its words the window, unchanged") {
  Console console;
  REQUIRE(test::is_raw(console.terminal.settings()));
  ByteLog got;
  console.backend->set_receiver([&](auto bytes) { return got.take(bytes); });
  console.terminal.type("ls\r\x03");
  CHECK(got.wait_for(4) == "ls\r\x03");
  console.backend->send(bytes_of("a\r\nb\n"));
  CHECK(console.terminal.read_window(5) == "a\r\nb\n");
  console.thread.stop();
  console.backend.reset();
  CHECK(test::same_settings(console.terminal.settings(), console.before));
}

TEST_CASE("Ctrl-A x quits, Ctrl-A h helps, and Ctrl-A Ctrl-A is a Ctrl-A") {
  Console console;
  ByteLog got;
  console.backend->set_receiver([&](auto bytes) { return got.take(bytes); });
  console.terminal.type("\x01\x01\x01h\x01x");
  console.quit.acquire();
  CHECK(got.text() == "\x01");
  CHECK(console.terminal.read_window(20).find("Ctrl-A") != std::string::npos);
}

TEST_CASE("Ctrl-A x quits even when the guest takes no key") {
  Console console;
  console.backend->set_receiver([](auto) { return std::size_t{0}; });
  console.terminal.type("is anybody there?");
  console.terminal.type("\x01x");
  console.quit.acquire();
  SUCCEED("the machine was told to quit");
}

TEST_CASE("a window that closes is told to the machine once") {
  Console console;
  console.backend->set_receiver([](auto bytes) { return bytes.size(); });
  console.terminal.window.reset();
  console.hangup.acquire();
  console.backend->send(bytes_of("nobody sees this"));
  console.thread.run([] {});
  CHECK_FALSE(console.hangup.try_acquire());
}

TEST_CASE("the terminal's descriptions stay blocking for the shell") {
  const Console console;
  CHECK((::fcntl(console.terminal.program.get(), F_GETFL) & O_NONBLOCK) == 0);
}

TEST_CASE("a machine in the background isn't stopped by what is typed, and comes to the front") {
  const TerminalPair terminal;
  const test::Rendezvous started;
  test::ChildProcess shell([&] {
    for (int number = 1; number < SIGRTMIN; ++number) ::signal(number, SIG_DFL);
    ::setsid();
    ::ioctl(terminal.program.get(), TIOCSCTTY, 0);
    ::signal(SIGTTOU, SIG_IGN);
    test::ChildProcess machine([&] {
      ::setpgid(0, 0);
      ::signal(SIGTTOU, SIG_DFL);
      LoopThread thread;
      std::binary_semaphore quit{0};
      StdioBackend backend(thread.loop(),
                           {.on_quit = [&] { quit.release(); }, .on_hangup = {}, .on_name = {}},
                           terminal.program.get(), terminal.program.get());
      backend.set_receiver([](auto bytes) { return bytes.size(); });
      started.arrive();
      quit.acquire();
      thread.stop();
      return 0;
    });
    started.wait();
    terminal.type("for the shell\n");
    char line[64];
    if (::read(terminal.program.get(), line, sizeof line) != 14) return 1;
    if (test::is_raw(terminal.settings())) return 2;
    ::tcsetpgrp(terminal.program.get(), machine.pid());  // As fg does.
    while (!test::is_raw(terminal.settings())) ::usleep(1000);
    terminal.type("\x01x");
    int status = 0;
    ::waitpid(machine.pid(), &status, WUNTRACED);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
  });
  CHECK(shell.wait() == 0);
}

}  // namespace
}  // namespace minivmm
