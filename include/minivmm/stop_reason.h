#pragma once
// Why a machine stopped, and the exit status that says so.

#include <cstdint>
#include <string>

namespace minivmm {

enum class StopKind {
  kPowerOff,       ///< The guest powered itself off (ACPI S5).
  kReset,          ///< The guest asked for a reset.
  kExpectMatched,  ///< --expect saw its text.
  kExpectMissed,   ///< The guest ended, and --expect's text had not come.
  kDebugExit,      ///< isa-debug-exit; detail is the value written.
  kUserQuit,       ///< Ctrl-A x.
  kSignal,         ///< A second SIGTERM, SIGINT or SIGHUP; detail is its number.
  kTimeout,        ///< --timeout ran out.
  kCrash,          ///< Triple fault, KVM internal error, failed entry.
  kHostFailure,    ///< The host failed under a running guest.
};

struct StopReason {
  StopKind kind = StopKind::kPowerOff;
  std::uint32_t detail = 0;
  std::string account{};  ///< kCrash, kHostFailure: the readable account, several lines.
};

}  // namespace minivmm
