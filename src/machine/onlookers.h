#pragma once
// Those who look on at a machine's exits and requests from its start to its end: statistics,
// traces.

#include <cstdint>
#include <functional>
#include <optional>

#include "debug/exit_observers.h"
#include "debug/exit_stats.h"
#include "debug/trace/recorder.h"
#include "minivmm/machine_config.h"
#include "minivmm/request_observer.h"

namespace minivmm {

/// Kept through the guest's resets.
///
/// Threads: the machine's, but for what vCPUs and disks call.
/// Errors: the constructor throws ConfigError for a trace that can't be written, or symbols that
/// can't be read.
class Onlookers {
 public:
  /// rip: where a vCPU's guest was; called on the vCPU's thread.
  Onlookers(const MachineConfig& config, std::function<std::uint64_t(unsigned cpu)> rip);

  [[nodiscard]] debug::ExitObservers& exits() { return exits_; }
  /// Null: nobody looks on at this disk.
  [[nodiscard]] RequestObserver* requests(unsigned disk) {
    return recorder_ ? &recorder_->disk(disk) : nullptr;
  }

  /// The same of a network card.
  [[nodiscard]] RequestObserver* frames(unsigned card) {
    return recorder_ ? &recorder_->card(card) : nullptr;
  }

  /// At the end of a run, after all threads of the guest: the statistics to standard error, and the
  /// rest of the traces.
  void finish();

 private:
  std::optional<debug::ExitStats> stats_;
  std::optional<debug::TraceRecorder> recorder_;
  debug::ExitObservers exits_;
};

}  // namespace minivmm
