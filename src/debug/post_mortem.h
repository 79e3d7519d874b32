#pragma once
// The account of a guest that can't go on: never silence.

#include <cstdint>
#include <optional>
#include <string>

#include "debug/crash_cause.h"
#include "debug/exit_history.h"
#include "minivmm/cpu_registers.h"
#include "minivmm/guest_memory.h"

namespace minivmm::debug {

/// What a vCPU showed at an exit before the crash.
struct EarlierRegisters {
  CpuRegisters registers{};
  CpuSpecialRegisters special{};
  std::uint64_t exits_ago = 1;  ///< 1: the last one.
};

struct Crash {
  CrashKind kind = CrashKind::kOther;
  std::string headline{};  ///< What KVM says of it, in words; not ended.
  unsigned cpu = 0;
  CpuRegisters registers{};
  CpuSpecialRegisters special{};
  /// KVM on AMD processors resets a vCPU before it reports a triple fault: these are what is left.
  std::optional<EarlierRegisters> earlier{};
};

/// Whether the registers are those after a reset, and tell nothing of the guest.
[[nodiscard]] bool look_reset(const CpuRegisters& registers, const CpuSpecialRegisters& special);

/// The headline, the likeliest cause, the code, the registers, the walks of CR2, RIP and RSP, the
/// tables, and the last exits: lines, each ended by a newline.
[[nodiscard]] std::string post_mortem(const Crash& crash, const GuestMemory& memory,
                                      const ExitHistory& history);

}  // namespace minivmm::debug
