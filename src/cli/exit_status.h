#pragma once
// The exit status and the line that tell how a run ended (README, "Exit status").

#include <string>

#include "minivmm/stop_reason.h"

namespace minivmm::cli {

/// Even numbers are ours; odd ones are the guest's, by isa-debug-exit.
enum ExitStatus : int {
  kExitSuccess = 0,
  kExitUsage = 2,
  kExitHost = 4,
  kExitCrash = 6,
  kExitTimeout = 8,
  kExitReset = 10,
  kExitSignal = 12,
  kExitExpectMissed = 14,
};

[[nodiscard]] int exit_status(const StopReason& reason);

/// One line without its newline, as "the guest powered off".
[[nodiscard]] std::string describe(const StopReason& reason);

}  // namespace minivmm::cli
