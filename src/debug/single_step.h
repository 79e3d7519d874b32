#pragma once
// Whether an instruction can be stepped: not every virtualization honours it (decision 0025).

#include <optional>
#include <string>

#include "minivmm/debug_target.h"

namespace minivmm::debug {

/// Why this vCPU can't step its next instruction, in a line; nullopt: it can.
[[nodiscard]] inline std::optional<std::string> no_step_because(DebugTarget& target, unsigned cpu) {
  const bool in_kernel = target.special_registers(cpu).ss.dpl == 0;
  const StopSupport support = target.stop_support();
  if (in_kernel ? support.kernel.step : support.user.step) return std::nullopt;
  return std::string("KVM on this host honours no single steps in ring ") +
         (in_kernel ? "0" : "3") + " (it was tried): step goes to the next exit";
}

}  // namespace minivmm::debug
