#include "host/signals.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "support/child_process.h"

namespace minivmm {
namespace {

TEST_CASE("a signal that asks to end is received, and doesn't kill") {
  StopSignals signals;
  CHECK_FALSE(signals.next());
  ::kill(::getpid(), SIGTERM);
  CHECK(signals.next() == SIGTERM);
  ::kill(::getpid(), SIGHUP);
  CHECK(signals.next() == SIGHUP);
  CHECK_FALSE(signals.next());
}

TEST_CASE("writing to a closed pipe is an error, not the end") {
  const StopSignals signals;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  ::close(ends[0]);
  CHECK(::write(ends[1], "x", 1) == -1);
  ::close(ends[1]);
}

TEST_CASE("afterwards signals are what they were") {
  test::ChildProcess child([] {
    ::signal(SIGTERM, SIG_DFL);  // Not Catch2's report.
    { const StopSignals signals; }
    ::raise(SIGTERM);
    return 0;
  });
  const int status = child.wait();
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGTERM);
}

TEST_CASE("a signal that came while everything ended doesn't kill afterwards") {
  test::ChildProcess child([] {
    {
      const StopSignals signals;
      ::kill(::getpid(), SIGTERM);
    }
    return 5;
  });
  const int status = child.wait();
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 5);
}

TEST_CASE("what nohup ignores stays ignored") {
  test::ChildProcess child([] {
    ::signal(SIGHUP, SIG_IGN);
    StopSignals signals;
    ::kill(::getpid(), SIGHUP);
    return signals.next() ? 1 : 0;
  });
  CHECK(child.wait() == 0);
}

}  // namespace
}  // namespace minivmm
