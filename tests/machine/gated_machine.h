#pragma once
// A machine without KVM at a debugger's gate: real threads, and guests that do nothing but exit.

#include <poll.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "machine/debug_gate.h"
#include "machine/run_control.h"

namespace minivmm::test {

inline bool readable(int fd) {
  pollfd poll_fd{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&poll_fd, 1, 0) == 1;
}

/// vCPUs whose guest writes to port 0x80 + number of the vCPU, for ever; and the machine's thread.
class GatedMachine final : private DebuggedCpus {
 public:
  explicit GatedMachine(unsigned cpus) : cpus_(cpus) {}
  ~GatedMachine() { stop(); }

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
          gate.on_stop({.reason = DebugStop::Reason::kBreakpoint, .cpu = cpu});
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

}  // namespace minivmm::test
