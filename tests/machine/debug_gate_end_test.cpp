#include <catch2/catch.hpp>
#include <thread>

#include "machine/gated_machine.h"

namespace minivmm {
namespace {

using test::GatedMachine;
using test::readable;
using Reason = DebugStop::Reason;

TEST_CASE("A reset while the machine stands wakes the debugger, who finds the new board") {
  GatedMachine machine(2);
  machine.gate.attach_debugger();
  machine.start();
  (void)machine.gate.wait();
  std::thread reset([&] { machine.start_over(); });

  pollfd gone{.fd = machine.gate.gone_fd(), .events = POLLIN, .revents = 0};
  REQUIRE(::poll(&gone, 1, 10'000) == 1);
  const DebugStop found = machine.gate.wait();

  CHECK(found.reason == Reason::kStarted);
  reset.join();
  CHECK_FALSE(readable(machine.gate.gone_fd()));
  machine.gate.detach();
}

TEST_CASE("A reset while the machine runs is a stop of the debugger that waits") {
  GatedMachine machine(2);
  machine.gate.attach_debugger();
  machine.start();
  (void)machine.gate.wait();
  std::thread reset([&] {
    while (machine.exits < 10) std::this_thread::yield();
    machine.start_over();
  });

  const DebugStop found = machine.gate.release(DebugGate::Until::kStop);

  CHECK(found.reason == Reason::kStarted);
  reset.join();
  machine.gate.detach();
}

TEST_CASE("A machine that ends while it stands says so to the debugger") {
  GatedMachine machine(2);
  machine.gate.attach_debugger();
  machine.start();
  (void)machine.gate.wait();
  CHECK(machine.gate.stands());
  std::thread end([&] {
    machine.stop();
    machine.gate.end("the time is over");
  });

  pollfd gone{.fd = machine.gate.gone_fd(), .events = POLLIN, .revents = 0};
  REQUIRE(::poll(&gone, 1, 10'000) == 1);
  const DebugStop found = machine.gate.wait();

  CHECK(found.reason == Reason::kEnded);
  CHECK(found.account == "the time is over");
  end.join();
  CHECK_FALSE(machine.gate.stands());
}

TEST_CASE("A machine that ends while a debugger waits for a stop wakes it") {
  GatedMachine machine(2);
  machine.gate.attach_debugger();
  machine.start();
  (void)machine.gate.wait();
  std::thread end([&] {
    while (machine.exits < 10) std::this_thread::yield();
    machine.stop();
    machine.gate.end({});
  });

  CHECK(machine.gate.release(DebugGate::Until::kStop).reason == Reason::kEnded);
  end.join();
}

TEST_CASE("A debugger that looks while the machine ends is not held up") {
  GatedMachine machine(2);
  machine.gate.attach_debugger();
  machine.start();
  (void)machine.gate.wait();
  std::thread end([&] {
    machine.stop();
    machine.gate.end({});
  });
  machine.gate.settle();
  CHECK(machine.gate.wait().reason == Reason::kEnded);
  end.join();
}

}  // namespace
}  // namespace minivmm
