#pragma once
// The machine: everything between a configuration and the reason why its guest stopped.

#include <memory>

#include "minivmm/debug_target.h"
#include "minivmm/machine_config.h"
#include "minivmm/stop_reason.h"

namespace minivmm {

/// One virtual machine, from power-on until it stops for good.
///
/// Ownership: owns all of it: backends, memory, KVM's VM, devices, threads.
/// Threads: run() on the thread that made it; it starts the others and joins them.
/// Errors: the constructor throws ConfigError or HostError and leaves nothing behind; after it has
/// returned, failures are a StopReason.
class Machine {
 public:
  /// Checks the configuration, opens every file and device that it names, and builds the guest.
  explicit Machine(MachineConfig config);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  /// Runs the guest through all its resets; returns when it stopped for good, disks flushed, the
  /// terminal restored.
  [[nodiscard]] StopReason run();

  /// For one debugger's thread; it must have seen kEnded, or have called quit() or detach(), before
  /// the Machine is destroyed.
  [[nodiscard]] DebugTarget& debug_target();
  /// While the debugger's prompt reads the terminal that a serial line is on. On its thread.
  void lend_terminal(bool lent);
  /// The debugger writes to standard output next: a guest's line that was begun there is ended. On
  /// its thread, while the machine stands.
  void end_line();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace minivmm
