#include <catch2/catch.hpp>
#include <thread>

#include "machine/gated_machine.h"

namespace minivmm {
namespace {

using test::GatedMachine;
using test::readable;
using Reason = DebugStop::Reason;

TEST_CASE("A machine for a debugger stands before its first instruction") {
  GatedMachine machine(2);
  machine.gate.attach_debugger();
  machine.start();

  const DebugStop found = machine.gate.wait();

  CHECK(found.reason == Reason::kStarted);
  CHECK(machine.exits == 0);
  machine.gate.detach();
}

TEST_CASE("Each step goes to the next exit of any vCPU, and all stand there") {
  GatedMachine machine(2);
  machine.gate.attach_debugger();
  machine.start();
  (void)machine.gate.wait();
  for (int i = 0; i < 50; ++i) {
    const DebugStop found = machine.gate.release(DebugGate::Until::kNextExit);
    REQUIRE(found.reason == Reason::kExit);
    CHECK(found.exit.address == 0x80u + found.cpu);
    const std::uint64_t exits = machine.exits;
    std::this_thread::yield();
    CHECK(machine.exits == exits);
  }
  machine.gate.detach();
}

TEST_CASE("A machine runs to the exit that the filter wants") {
  GatedMachine machine(2);
  machine.gate.attach_debugger();
  machine.start();
  (void)machine.gate.wait();
  machine.gate.set_filter(
      [left = 500](unsigned cpu, const ExitRecord&, const DevicePlace&) mutable {
        return cpu == 1 && --left == 0;
      });

  const DebugStop found = machine.gate.release(DebugGate::Until::kStop);

  CHECK(found.reason == Reason::kExit);
  CHECK(found.cpu == 1);
  CHECK(found.number >= 500);
  machine.gate.detach();
}

TEST_CASE("A running machine that nobody debugs is stopped, once for two calls") {
  GatedMachine machine(2);
  machine.start();
  machine.gate.interrupt();
  const DebugStop first = machine.gate.wait();
  CHECK(first.reason == Reason::kInterrupted);
  machine.gate.interrupt();
  while (readable(machine.gate.fd())) std::this_thread::yield();

  const DebugStop next = machine.gate.release(DebugGate::Until::kNextExit);

  CHECK(next.reason == Reason::kExit);
  machine.gate.detach();
}

TEST_CASE("A debugger can leave, and come again") {
  GatedMachine machine(2);
  machine.start();
  for (int i = 0; i < 20; ++i) {
    machine.gate.interrupt();
    CHECK(machine.gate.wait().reason == Reason::kInterrupted);
    CHECK(machine.gate.attached());
    const std::uint64_t exits = machine.exits;
    machine.gate.detach();
    while (machine.exits < exits + 10) std::this_thread::yield();
    CHECK_FALSE(machine.gate.attached());
  }
}

TEST_CASE("A machine that the window has paused can be looked into") {
  GatedMachine machine(2);
  machine.start();
  machine.control.pause();
  machine.gate.interrupt();

  CHECK(machine.gate.wait().reason == Reason::kInterrupted);

  machine.gate.detach();
  const std::uint64_t exits = machine.exits;
  std::this_thread::yield();
  CHECK(machine.exits == exits);
  machine.control.resume();
  while (machine.exits == exits) std::this_thread::yield();
}

TEST_CASE("Stops that are found at the same time come one after the other") {
  GatedMachine machine(4);
  machine.gate.attach_debugger();
  machine.start();
  (void)machine.gate.wait();
  machine.meet_breakpoints();
  unsigned met = 0;
  DebugStop found = machine.gate.release(DebugGate::Until::kStop);
  for (; found.reason == Reason::kBreakpoint; ++met) {
    machine.gate.settle();
    found = machine.gate.release(met < 3 ? DebugGate::Until::kStop : DebugGate::Until::kNextExit);
  }

  CHECK(met == 4);
  CHECK(found.reason == Reason::kExit);
  machine.gate.detach();
}

TEST_CASE("Every vCPU has finished its instruction when the debugger looks, once for each stop") {
  GatedMachine machine(3);
  machine.gate.attach_debugger();
  machine.start();
  (void)machine.gate.wait();
  for (unsigned stop = 1; stop <= 20; ++stop) {
    machine.gate.settle();
    machine.gate.settle();
    CHECK(machine.finished == 3 * stop);
    (void)machine.gate.release(DebugGate::Until::kNextExit);
  }
  machine.gate.detach();
}

TEST_CASE("A machine that goes on without being looked at finishes nothing before") {
  GatedMachine machine(2);
  machine.gate.attach_debugger();
  machine.start();
  (void)machine.gate.wait();
  for (int i = 0; i < 20; ++i) (void)machine.gate.release(DebugGate::Until::kNextExit);
  CHECK(machine.finished == 0);
  machine.gate.detach();
}

TEST_CASE("While one vCPU steps an instruction the others stand") {
  GatedMachine machine(3);
  machine.gate.attach_debugger();
  machine.start();
  (void)machine.gate.wait();
  machine.gate.set_filter([](unsigned, const ExitRecord&, const DevicePlace&) { return false; });
  std::thread trap([&] {
    while (machine.exits < 5) std::this_thread::yield();
    machine.gate.interrupt();
  });

  // What the stepped vCPU does by the way is no stop.
  const DebugStop found = machine.gate.release_one(2);

  CHECK(found.reason == Reason::kInterrupted);
  CHECK(found.cpu == 2);
  trap.join();
  machine.gate.detach();
}

}  // namespace
}  // namespace minivmm
