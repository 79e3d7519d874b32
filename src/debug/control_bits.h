#pragma once
// The bits of control registers that decide how code runs (Intel SDM 3A, 2.5 and 2.2.1).

#include <cstdint>

#include "minivmm/cpu_registers.h"

namespace minivmm::debug {

inline constexpr std::uint64_t kCr0Pe = 1u << 0;
inline constexpr std::uint64_t kCr0Wp = 1u << 16;
inline constexpr std::uint64_t kCr0Pg = 1u << 31;
inline constexpr std::uint64_t kCr4Pse = 1u << 4;
inline constexpr std::uint64_t kCr4Pae = 1u << 5;
inline constexpr std::uint64_t kCr4La57 = 1u << 12;
inline constexpr std::uint64_t kCr4Smep = 1u << 20;
inline constexpr std::uint64_t kEferLme = 1u << 8;
inline constexpr std::uint64_t kEferLma = 1u << 10;
inline constexpr std::uint64_t kEferNxe = 1u << 11;

[[nodiscard]] inline bool in_protected_mode(const CpuSpecialRegisters& registers) {
  return (registers.cr0 & kCr0Pe) != 0;
}
/// IA-32e mode, whether its 64-bit or its compatibility sub-mode.
[[nodiscard]] inline bool in_long_mode(const CpuSpecialRegisters& registers) {
  return (registers.efer & kEferLma) != 0;
}
[[nodiscard]] inline bool in_64bit_mode(const CpuSpecialRegisters& registers) {
  return in_long_mode(registers) && registers.cs.long_mode;
}

}  // namespace minivmm::debug
