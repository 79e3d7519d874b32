// Commands that look at memory, code and the tables that map them.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "debug/command_table.h"
#include "debug/descriptors.h"
#include "debug/page_walk.h"
#include "host/nearest.h"
#include "minivmm/io_device.h"

namespace minivmm::debug {
namespace {

constexpr std::uint64_t kMostBytes = 1 << 16;  // More than that is no use on a screen.

std::vector<std::byte> read_physical(Debugger& debugger, std::uint64_t address, std::size_t size) {
  std::vector<std::byte> bytes;
  for (std::size_t n = 0; n < size; ++n) {
    const auto byte = debugger.target().memory().read<std::byte>({address + n});
    if (!byte) break;
    bytes.push_back(*byte);
  }
  return bytes;
}

std::string dump_line(std::uint64_t address, std::span<const std::byte> bytes) {
  constexpr std::size_t kInLine = 16;
  std::string hex;
  std::string letters;
  for (std::size_t n = 0; n < kInLine; ++n) {
    if (n < bytes.size()) {
      const auto one = static_cast<unsigned char>(bytes[n]);
      hex += fmt::format("{:02x} ", one);
      letters += one >= ' ' && one < 0x7f ? static_cast<char>(one) : '.';
    } else {
      hex += "   ";
    }
  }
  return fmt::format("{:016x}  {} {}\n", address, hex, letters);
}

void mem(Debugger& debugger, const Arguments& arguments) {
  if (arguments.empty()) throw CommandError("which address? As: mem rsp 64, mem @0x1000");
  const bool physical = arguments.words[0].front() == '@';
  const std::uint64_t address = debugger.value(arguments.words[0].substr(physical ? 1 : 0));
  const std::uint64_t size = arguments.words.size() > 1 ? debugger.value(arguments.words[1]) : 64;
  if (size > kMostBytes) throw CommandError(fmt::format("at most {} bytes at once", kMostBytes));
  const auto bytes =
      physical ? read_physical(debugger, address, size) : debugger.read_linear(address, size);
  constexpr std::size_t kInLine = 16;
  for (std::size_t at = 0; at < bytes.size(); at += kInLine)
    debugger.print(dump_line(address + at,
                             std::span(bytes).subspan(at, std::min(kInLine, bytes.size() - at))));
  if (bytes.size() < size)
    debugger.print(fmt::format("{:#x} {}\n", address + bytes.size(),
                               physical ? "is not RAM" : "is not mapped to RAM: pt shows why"));
}

void disas(Debugger& debugger, const Arguments& arguments) {
  if (!can_disassemble())
    throw CommandError("there is no disassembler: install libzydis (Debian: libzydis4.0)");
  const CpuSpecialRegisters special = debugger.special_registers();
  std::uint64_t at = arguments.empty() ? linear_rip(debugger.registers(), special)
                                       : debugger.value(arguments.words[0]);
  const std::uint64_t count = arguments.words.size() > 1 ? debugger.value(arguments.words[1]) : 10;
  for (std::uint64_t n = 0; n < std::min<std::uint64_t>(count, 1000); ++n) {
    const auto code = debugger.read_linear(at, kLongestInstruction);
    const auto one = disassemble(code, at, code_mode(special));
    debugger.print(debugger.code_line(at) + (one ? "\n" : "  (no instruction)\n"));
    if (code.empty()) return;
    at += one ? one->size : 1;
  }
}

void sym(Debugger& debugger, const Arguments& arguments) {
  const Symbols& symbols = debugger.symbols();
  if (arguments.empty()) {
    debugger.print(fmt::format("{} symbols\n", symbols.all().size()));
    return;
  }
  if (const auto address = symbols.address(arguments.text))
    return debugger.print(fmt::format("{} is at {:#x}\n", arguments.text, *address));
  debugger.print(debugger.place(debugger.value(arguments.text)) + "\n");
}

void pt(Debugger& debugger, const Arguments& arguments) {
  if (arguments.empty()) throw CommandError("which address? As: pt rsp");
  debugger.print(describe(walk_pages(debugger.target().memory(), debugger.special_registers(),
                                     debugger.value(arguments.text))));
}

void gdt(Debugger& debugger, const Arguments& /*arguments*/) {
  debugger.print(describe_gdt(debugger.target().memory(), debugger.special_registers()));
}

void idt(Debugger& debugger, const Arguments& /*arguments*/) {
  debugger.print(describe_idt(debugger.target().memory(), debugger.special_registers()));
}

void tss(Debugger& debugger, const Arguments& /*arguments*/) {
  debugger.print(describe_tss(debugger.target().memory(), debugger.special_registers()));
}

// By frame pointers: each frame begins with the caller's RBP, then the return address.
void bt(Debugger& debugger, const Arguments& /*arguments*/) {
  constexpr unsigned kDeepest = 64;
  const CpuSpecialRegisters special = debugger.special_registers();
  const std::size_t width = code_mode(special) == CodeMode::k64Bit   ? 8
                            : code_mode(special) == CodeMode::k32Bit ? 4
                                                                     : 2;
  const CpuRegisters registers = debugger.registers();
  debugger.print(fmt::format("0  {}\n", debugger.place(linear_rip(registers, special))));
  std::uint64_t frame = registers.rbp;
  for (unsigned depth = 1; depth < kDeepest; ++depth) {
    const auto bytes = debugger.read_linear(special.ss.base + frame, 2 * width);
    const bool readable = frame != 0 && bytes.size() == 2 * width;
    const std::uint64_t next = readable ? load_le(std::span(bytes).first(width)) : 0;
    const std::uint64_t caller = readable ? load_le(std::span(bytes).subspan(width)) : 0;
    if (caller == 0) {
      if (depth == 1)
        debugger.print(
            fmt::format("RBP {:#x} leads to no caller: this code may keep no frame pointers "
                        "(-fno-omit-frame-pointer)\n",
                        frame));
      return;
    }
    debugger.print(fmt::format("{}  {}\n", depth, debugger.place(special.cs.base + caller)));
    if (next <= frame) return;  // Callers' frames are above.
    frame = next;
  }
}

constexpr std::array kCommands{
    Command{"mem", "m", "ADDR [N]", "memory; @ADDR is guest-physical", mem,
            Command::Takes::kExpression},
    Command{"disas", "x", "[ADDR [N]]", "code", disas, Command::Takes::kExpression},
    Command{"sym", "", "[NAME or ADDR]", "symbols", sym, Command::Takes::kExpression},
    Command{"bt", "", "", "callers, by frame pointers", bt},
    Command{"pt", "", "ADDR", "the page walk, level by level", pt, Command::Takes::kExpression},
    Command{"gdt", "", "", "segment descriptors", gdt},
    Command{"idt", "", "", "interrupt gates", idt},
    Command{"tss", "", "", "the task state segment", tss},
};

}  // namespace

std::span<const Command> memory_commands() {
  return kCommands;
}

}  // namespace minivmm::debug
