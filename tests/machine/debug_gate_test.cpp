#include "machine/debug_gate.h"

#include <poll.h>

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "machine/run_control.h"

namespace minivmm {
namespace {

using Reason = DebugStop::Reason;

bool readable(int fd) {
  pollfd poll_fd{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&poll_fd, 1, 0) == 1;
}

/// vCPUs whose guest writes to port 0x80 + number of the vCPU, for ever; and the machine's thread.
class Machine final : private DebuggedCpus {
 public:
  explicit Machine(unsigned cpus) : cpus_(cpus) {}
  ~Machine() { stop(); }

  void start() {
    gate.enter_board(*this);
    for (unsigned cpu = 0; cpu < cpus_; ++cpu) threads_.emplace_back([this, cpu] { run(cpu); });
    main_ = std::thread([this] { serve(); });
  }
  /// As a board that is stopped and goes.
  void stop() {
    if (!main_.joinable()) return;
    stop_control.request({.kind = StopKind::kUserQuit});
    main_.join();
    gate.let_go();
    control.let_go();
    for (std::thread& one : threads_) one.join();
    threads_.clear();
    gate.leave_board();
  }
  void start_over() {
    stop();
    stop_control.rearm();
    start();
  }
  /// A breakpoint that every vCPU meets next, at the same time.
  void meet_breakpoints() { breakpoints_ = cpus_; }

  StopControl stop_control;
  RunControl control{stop_control};
  DebugGate gate{stop_control};
  std::atomic<std::uint64_t> exits{0};
  std::atomic<unsigned> finished{0};

 private:
  void run(unsigned cpu) {
    while (!stop_control.requested()) {
      if (gate.holds(cpu)) {
        gate.park(cpu, [this] { ++finished; });
      } else if (control.paused()) {
        control.wait_while_paused([&] { return gate.holds(cpu); });
      } else if (unsigned left = breakpoints_; left > 0) {
        if (breakpoints_.compare_exchange_strong(left, left - 1))
          gate.on_stop({.reason = Reason::kBreakpoint, .cpu = cpu});
      } else {
        ++exits;
        gate.on_exit(cpu, {.kind = ExitKind::kPioOut, .width = 1, .address = 0x80u + cpu}, {},
                     ExitObserver::Time::clock::now());
        std::this_thread::yield();
      }
    }
  }
  void serve() {
    while (!stop_control.requested()) {
      std::array<pollfd, 2> fds{{{.fd = stop_control.fd(), .events = POLLIN, .revents = 0},
                                 {.fd = gate.fd(), .events = POLLIN, .revents = 0}}};
      ::poll(fds.data(), fds.size(), -1);
      gate.carry_out_interrupt();
    }
  }

  unsigned count() const override { return cpus_; }
  void kick_others(std::optional<unsigned>) override { control.wake(); }
  std::optional<HardwareStop> hardware_stop(std::uint64_t) const override { return std::nullopt; }
  bool planted(GuestAddress) const override { return false; }
  std::uint64_t rip(unsigned) const override { return 0; }

  const unsigned cpus_;
  std::atomic<unsigned> breakpoints_{0};
  std::vector<std::thread> threads_;
  std::thread main_;
};

TEST_CASE("A machine for a debugger stands before its first instruction") {
  Machine machine(2);
  machine.gate.attach_debugger();
  machine.start();

  const DebugStop found = machine.gate.wait();

  CHECK(found.reason == Reason::kStarted);
  CHECK(machine.exits == 0);
  machine.gate.detach();
}

TEST_CASE("Each step goes to the next exit of any vCPU, and all stand there") {
  Machine machine(2);
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
  Machine machine(2);
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
  Machine machine(2);
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
  Machine machine(2);
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
  Machine machine(2);
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
  Machine machine(4);
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

TEST_CASE("A reset while the machine stands wakes the debugger, who finds the new board") {
  Machine machine(2);
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
  Machine machine(2);
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
  Machine machine(2);
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
  Machine machine(2);
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

TEST_CASE("Every vCPU has finished its instruction when the debugger looks, once for each stop") {
  Machine machine(3);
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
  Machine machine(2);
  machine.gate.attach_debugger();
  machine.start();
  (void)machine.gate.wait();
  for (int i = 0; i < 20; ++i) (void)machine.gate.release(DebugGate::Until::kNextExit);
  CHECK(machine.finished == 0);
  machine.gate.detach();
}

TEST_CASE("A debugger that looks while the machine ends is not held up") {
  Machine machine(2);
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

TEST_CASE("While one vCPU steps an instruction the others stand") {
  Machine machine(3);
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
