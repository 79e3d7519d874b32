#pragma once
// Registers by the names that people type.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "minivmm/cpu_registers.h"

namespace minivmm::debug {

/// "rax", "eax", "ax", "al", "rip", "rflags", ...; nullopt: no such register.
[[nodiscard]] std::optional<std::uint64_t> general_register(const CpuRegisters& registers,
                                                            std::string_view name);
/// "cr0" to "cr8", "efer", "cs" to "ldt" (the selectors).
[[nodiscard]] std::optional<std::uint64_t> special_register(const CpuSpecialRegisters& registers,
                                                            std::string_view name);
/// The 64-bit register of this name; null: none.
[[nodiscard]] std::uint64_t* full_register(CpuRegisters& registers, std::string_view name);
/// CR0, CR2, CR3, CR4, CR8 and EFER; null: none.
[[nodiscard]] std::uint64_t* control_register(CpuSpecialRegisters& registers,
                                              std::string_view name);
/// All names that general_register() and special_register() know, without parts of registers.
[[nodiscard]] const std::vector<std::string>& register_names();

/// "CF ZF IF IOPL=3".
[[nodiscard]] std::string flags_text(std::uint64_t rflags);
/// MSR_* as the manuals have it: "EFER", "STAR", ...; empty: not known here.
[[nodiscard]] std::string_view msr_name(std::uint32_t index);
/// All names that msr_name() knows.
[[nodiscard]] std::vector<std::string> msr_names();
[[nodiscard]] std::optional<std::uint32_t> msr_index(std::string_view name);

}  // namespace minivmm::debug
