#include "cli/exit_status.h"

#include <fmt/core.h>

namespace minivmm::cli {

int exit_status(const StopReason& reason) {
  switch (reason.kind) {
    case StopKind::kPowerOff:
    case StopKind::kExpectMatched:
    case StopKind::kUserQuit:
      return kExitSuccess;
    case StopKind::kReset:
      return kExitReset;
    // As QEMU's isa-debug-exit has it; a shell sees the low 8 bits.
    case StopKind::kDebugExit:
      return static_cast<int>(((reason.detail << 1) | 1) & 0xff);
    case StopKind::kSignal:
      return kExitSignal;
    case StopKind::kTimeout:
      return kExitTimeout;
    case StopKind::kExpectMissed:
      return kExitExpectMissed;
    case StopKind::kCrash:
      return kExitCrash;
    case StopKind::kHostFailure:
      return kExitHost;
  }
  return kExitHost;
}

std::string describe(const StopReason& reason) {
  switch (reason.kind) {
    case StopKind::kPowerOff:
      return "the guest powered off";
    case StopKind::kExpectMatched:
      return "the expected text came";
    case StopKind::kExpectMissed:
      return "the guest ended, and the expected text had not come";
    case StopKind::kUserQuit:
      return "quit by the user";
    case StopKind::kReset:
      return "the guest reset itself, and --no-reboot ends the run";
    case StopKind::kDebugExit:
      return fmt::format("the guest wrote {:#x} to isa-debug-exit", reason.detail);
    case StopKind::kSignal:
      return fmt::format("stopped by signal {} before the guest had powered off", reason.detail);
    case StopKind::kTimeout:
      return "the time given by --timeout is over";
    case StopKind::kCrash:
      return "the guest crashed";
    case StopKind::kHostFailure:
      return "the host failed under the guest";
  }
  return "stopped";
}

}  // namespace minivmm::cli
