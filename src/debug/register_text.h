#pragma once
// A vCPU's registers as lines of text.

#include <string>
#include <string_view>

#include "minivmm/cpu_registers.h"

namespace minivmm::debug {

/// "real mode", "64-bit mode", "compatibility mode", ...
[[nodiscard]] std::string_view mode_name(const CpuSpecialRegisters& special);

/// All registers, several lines, each ended by a newline.
[[nodiscard]] std::string describe(const CpuRegisters& registers,
                                   const CpuSpecialRegisters& special);

}  // namespace minivmm::debug
