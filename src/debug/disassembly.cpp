#include "debug/disassembly.h"

#include <Zydis/Zydis.h>

#include <map>

#include "host/shared_library.h"

namespace minivmm::debug {
namespace {

using Disassembler = decltype(&ZydisDisassembleIntel);

Disassembler disassembler() {
  static const Disassembler function =
      SharedLibrary("libZydis.so.4.0").bind<Disassembler>("ZydisDisassembleIntel");
  return function;
}

ZydisMachineMode machine_mode(CodeMode mode) {
  switch (mode) {
    case CodeMode::k16Bit:
      return ZYDIS_MACHINE_MODE_REAL_16;
    case CodeMode::k32Bit:
      return ZYDIS_MACHINE_MODE_LEGACY_32;
    case CodeMode::k64Bit:
      break;
  }
  return ZYDIS_MACHINE_MODE_LONG_64;
}

}  // namespace

CodeMode code_mode(const CpuSpecialRegisters& registers) {
  constexpr std::uint64_t kLongModeActive = 1u << 10;  // EFER.LMA.
  if ((registers.efer & kLongModeActive) != 0 && registers.cs.long_mode) return CodeMode::k64Bit;
  return registers.cs.big ? CodeMode::k32Bit : CodeMode::k16Bit;
}

bool can_disassemble() {
  return disassembler() != nullptr;
}

std::optional<Instruction> disassemble(std::span<const std::byte> code, std::uint64_t address,
                                       CodeMode mode) {
  if (!can_disassemble() || code.empty()) return std::nullopt;
  ZydisDisassembledInstruction result;
  if (!ZYAN_SUCCESS(disassembler()(machine_mode(mode), address, code.data(), code.size(), &result)))
    return std::nullopt;
  return Instruction{.address = address, .size = result.info.length, .text = result.text};
}

std::optional<Instruction> instruction_before(std::span<const std::byte> code, std::uint64_t end,
                                              CodeMode mode) {
  std::map<std::size_t, unsigned> votes;  // By the offset at which the last instruction begins.
  for (std::size_t start = 0; start < code.size(); ++start) {
    std::size_t at = start;
    while (at < code.size()) {
      const auto one = disassemble(code.subspan(at), end - (code.size() - at), mode);
      if (!one) break;
      if (at + one->size == code.size()) ++votes[at];
      at += one->size;
    }
  }
  std::optional<std::size_t> best;
  for (const auto& [at, count] : votes) {
    if (!best || count > votes[*best]) best = at;
  }
  if (!best) return std::nullopt;
  return disassemble(code.subspan(*best), end - (code.size() - *best), mode);
}

}  // namespace minivmm::debug
