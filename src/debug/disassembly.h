#pragma once
// Machine code as text, in Intel's notation. By Zydis, where it is installed.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "minivmm/cpu_registers.h"

namespace minivmm::debug {

inline constexpr std::size_t kLongestInstruction = 15;  // Intel SDM 2A, 2.3.11.

enum class CodeMode : std::uint8_t { k16Bit, k32Bit, k64Bit };

/// How the processor decodes what CS points at (Intel SDM 3A, 3.4.5).
[[nodiscard]] CodeMode code_mode(const CpuSpecialRegisters& registers);

struct Instruction {
  std::uint64_t address = 0;
  unsigned size = 1;  ///< In bytes.
  std::string text{};
};

/// Whether there is a disassembler on this host.
[[nodiscard]] bool can_disassemble();

/// The first instruction of code, which is at address. nullopt: it is none, it is cut off, or there
/// is no disassembler. Threads: any.
[[nodiscard]] std::optional<Instruction> disassemble(std::span<const std::byte> code,
                                                     std::uint64_t address, CodeMode mode);

/// The instruction that ends where code ends, at address end: the one on which most ways to decode
/// the bytes before agree, because decoding falls into step after a few instructions.
[[nodiscard]] std::optional<Instruction> instruction_before(std::span<const std::byte> code,
                                                            std::uint64_t end, CodeMode mode);

}  // namespace minivmm::debug
