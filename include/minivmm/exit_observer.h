#pragma once
// A VM exit as those see it who look on: statistics, traces, the debugger.

#include <chrono>
#include <cstdint>

#include "minivmm/device_registers.h"

namespace minivmm {

enum class ExitKind : std::uint8_t {
  kPioIn,
  kPioOut,
  kMmioRead,
  kMmioWrite,
  kHalt,
  kInterrupted,
  kMsrRead,  ///< Only where user space asked KVM for them; address is the MSR.
  kMsrWrite,
  kDebug,  ///< A breakpoint, a watchpoint or a single step.
  kShutdown,
  kOther
};

struct ExitRecord {
  ExitKind kind = ExitKind::kOther;
  std::uint8_t width = 0;      ///< In bytes; of accesses only.
  std::uint64_t address = 0;   ///< Port or guest-physical address; of accesses only.
  std::uint64_t value = 0;     ///< What was written, or what the device answered.
  std::uint64_t repeated = 1;  ///< Accesses of a string instruction in this one exit.
};

/// Looks on at every exit to user space. A machine without one pays nothing for it.
///
/// Threads: on_exit() on the vCPU's own thread, for several vCPUs at once, no lock held. It may
/// block: the vCPU waits outside of the guest, and may be read and changed meanwhile.
/// Errors: exceptions end the machine as HostError.
class ExitObserver {
 public:
  using Time = std::chrono::steady_clock::time_point;
  virtual ~ExitObserver() = default;

  /// After the devices have answered, before the vCPU enters the guest again; exited is when it
  /// came out, place where its access went: the names before the devices answered, because what an
  /// address leads to may change by the very access.
  virtual void on_exit(unsigned cpu, const ExitRecord& record, const DevicePlace& place,
                       Time exited) = 0;
};

}  // namespace minivmm
