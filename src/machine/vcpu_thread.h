#pragma once
// The thread of one vCPU: runs it until the machine stops or the guest can't go on.

#include <functional>
#include <optional>
#include <thread>

#include "bus/bus.h"
#include "debug/exit_observers.h"
#include "debug/post_mortem.h"
#include "kvm/memory_windows.h"
#include "kvm/vcpu.h"
#include "machine/debug_gate.h"
#include "machine/device_directory.h"
#include "machine/exit_dispatch.h"
#include "machine/run_control.h"
#include "machine/stop_control.h"
#include "machine/timeline.h"
#include "minivmm/guest_memory.h"

namespace minivmm {

/// Ownership: owns its thread; refers to everything in Wiring, which must outlive it.
/// Threads: start() and stop() from the thread that owns it.
class VcpuThread {
 public:
  struct Wiring {
    kvm::Vcpu& vcpu;
    Bus& ports;
    Bus& mmio;
    const GuestMemory& memory;
    kvm::MemoryWindows& windows;
    StopControl& stop;
    RunControl& control;
    DebugGate& gate;
    Timeline& timeline;
    debug::ExitObservers& observers;
    const DeviceDirectory& devices;
    /// Brings a debugger to a crashed guest; empty: none comes.
    std::function<void()> call_debugger{};
  };

  explicit VcpuThread(const Wiring& wiring);
  ~VcpuThread() { stop(); }
  VcpuThread(const VcpuThread&) = delete;
  VcpuThread& operator=(const VcpuThread&) = delete;

  void start();
  /// Brings the vCPU out of the guest, so that it finds that the machine is paused.
  void kick() { wiring_.vcpu.kick(); }
  /// Kicks the vCPU out of the guest and joins; StopControl has been requested before, and
  /// RunControl lets everybody go.
  void stop();

  /// After stop().
  [[nodiscard]] const debug::ExitHistory& history() const { return dispatch_.history(); }

 private:
  void run();
  ExitDispatch::Outcome handle(const kvm::VcpuExit& exit);
  [[nodiscard]] DevicePlace place_of(const kvm::VcpuExit& exit) const;
  void wait_while_paused();
  void stand();
  void finish_instruction();
  void take_trap(const kvm::Debug& trap);
  [[nodiscard]] bool take_failed_int3(const kvm::VcpuExit& exit);
  [[nodiscard]] std::optional<GuestAddress> code_address() const;
  void crash(const kvm::VcpuExit& exit);
  [[nodiscard]] debug::Crash account_of(const kvm::VcpuExit& exit) const;

  const Wiring wiring_;
  ExitDispatch dispatch_;
  std::thread thread_;
};

}  // namespace minivmm
