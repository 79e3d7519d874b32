#pragma once
// Where vCPUs stand while a debugger looks: the one place that stops and releases them for it.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>

#include "host/event_fd.h"
#include "machine/look_out.h"
#include "machine/stop_control.h"
#include "minivmm/debug_target.h"

namespace minivmm {

/// The vCPUs of the board that there is, as the gate needs them. Threads: any.
class DebuggedCpus {
 public:
  virtual ~DebuggedCpus() = default;
  [[nodiscard]] virtual unsigned count() const = 0;
  /// Brings every vCPU but this one out of the guest; all of them: nullopt.
  virtual void kick_others(std::optional<unsigned> cpu) = 0;
  /// The first of the hardware stops in this set of DR0 to DR3, one bit each.
  [[nodiscard]] virtual std::optional<HardwareStop> hardware_stop(std::uint64_t hit) const = 0;
  /// Whether the debugger has put an INT3 there.
  [[nodiscard]] virtual bool planted(GuestAddress at) const = 0;
  /// On the vCPU's own thread, at an exit.
  [[nodiscard]] virtual std::uint64_t rip(unsigned cpu) const = 0;
};

/// A machine stands when a stop has been found and all vCPUs' threads are parked here. Stops that
/// are found at the same time are delivered one after the other.
///
/// Threads: as each group says. A machine that ends or resets lets everybody go, and waits in
/// leave_board() until the debugger has noticed.
class DebugGate {
 public:
  explicit DebugGate(StopControl& stop) : stop_control_(stop) {}

  // --- For the machine's thread ---

  /// Before the first board: the machine is to stand before its first instruction.
  void attach_debugger();
  void enter_board(DebuggedCpus& cpus);
  /// After StopControl was requested: nobody is held any longer, and the debugger is told.
  void let_go();
  void leave_board();
  /// The machine has stopped for good.
  void end(const std::string& account);
  /// Whether a debugger was given a stop, and has not let go yet.
  [[nodiscard]] bool stands();
  /// Readable while an interrupt() waits to be carried out.
  [[nodiscard]] int fd() const { return interrupts_.fd(); }
  void carry_out_interrupt();

  // --- For the vCPUs' threads ---

  [[nodiscard]] bool attached() const { return attached_.load(std::memory_order_acquire); }
  /// Whether this vCPU is to park().
  [[nodiscard]] bool holds(unsigned cpu) const {
    const int mode = mode_.load(std::memory_order_acquire);
    return mode != kOpen && mode != static_cast<int>(cpu);
  }
  /// Returns when the vCPU may run, or the machine stops. finish is called when the debugger looks:
  /// it finishes the instruction of the last exit, if that is not done yet; running on does so,
  /// too.
  void park(unsigned cpu, const std::function<void()>& finish);
  void on_exit(unsigned cpu, const ExitRecord& record, const DevicePlace& place,
               ExitObserver::Time exited);
  [[nodiscard]] std::optional<HardwareStop> hardware_stop(std::uint64_t hit) const {
    return cpus_ == nullptr ? std::nullopt : cpus_->hardware_stop(hit);
  }
  [[nodiscard]] bool planted(GuestAddress at) const {
    return cpus_ != nullptr && cpus_->planted(at);
  }
  /// Something else that stops the machine: a breakpoint, a crash.
  void on_stop(DebugStop found);

  // --- For the debugger's thread ---

  using Time = ExitObserver::Time;
  /// While the machine stands.
  void set_filter(DebugTarget::ExitFilter filter);
  [[nodiscard]] DebugStop wait();
  /// Before the debugger looks at a vCPU, memory or a device: waits until all instructions are
  /// finished. Does nothing while the machine doesn't stand.
  void settle();
  enum class Until { kStop, kNextExit };
  [[nodiscard]] DebugStop release(Until until);
  [[nodiscard]] DebugStop release_one(unsigned cpu);
  void detach();
  [[nodiscard]] int gone_fd() const { return gone_.fd(); }
  /// From any thread, async-signal-safe.
  void interrupt() { interrupts_.signal(); }

 private:
  static constexpr int kOpen = -2;
  static constexpr int kHoldAll = -1;  // Else the number of the one vCPU that may run.

  void open(int mode);
  void tell();
  void set_looking(bool looking);
  void stop_locked(DebugStop found);
  [[nodiscard]] DebugStop wait_locked(std::unique_lock<std::mutex>& lock);

  StopControl& stop_control_;
  EventFd interrupts_;
  EventFd gone_;
  std::atomic<bool> attached_{false};
  std::atomic<int> mode_{kOpen};
  std::atomic<bool> unsettled_{false};       // It stands, and nobody has looked yet.
  std::atomic<std::uint64_t> settlings_{0};  // Each has parked vCPUs finish their instructions.
  std::atomic<std::uint64_t> news_{0};       // Counts what the debugger may wait for.
  LookOut vcpus_look_out_;
  LookOut debugger_looks_out_;

  std::mutex mutex_;  // Guards what follows.
  std::condition_variable released_;
  std::condition_variable changed_;
  DebuggedCpus* cpus_ = nullptr;
  unsigned parked_ = 0;
  unsigned finished_ = 0;
  std::deque<DebugStop> stops_;
  DebugTarget::ExitFilter filter_;
  bool any_exit_ = false;
  bool looking_ = false;  // The debugger was given a stop, and has not let go yet.
  std::optional<std::string> ended_;
  std::uint64_t exits_ = 0;
  Time opened_{};
};

}  // namespace minivmm
