#pragma once
// A vCPU's registers as gdb numbers them, and the target description that says so (Debugging with
// GDB, appendix G.5.8: org.gnu.gdb.i386.core has 40 registers, the x87's among them).

#include <cstddef>
#include <cstdint>
#include <string>

#include "minivmm/cpu_registers.h"

namespace minivmm::debug::gdb {

struct RegisterSet {
  CpuRegisters general{};
  CpuSpecialRegisters special{};
};

[[nodiscard]] std::string target_xml();
[[nodiscard]] std::size_t register_count();
/// In bytes; 0: there is no such register.
[[nodiscard]] std::size_t register_size(std::size_t number);
/// In hex, little-endian, or x's for what isn't available (the x87's).
[[nodiscard]] std::string register_hex(const RegisterSet& from, std::size_t number);

enum class SetOutcome : std::uint8_t { kGeneral, kSpecial, kRefused };
/// Which part of the set was changed; kRefused: a selector, an x87 register, or none.
[[nodiscard]] SetOutcome set_register(RegisterSet& to, std::size_t number, std::uint64_t value);

}  // namespace minivmm::debug::gdb
