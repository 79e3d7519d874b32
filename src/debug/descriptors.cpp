#include "debug/descriptors.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "debug/control_bits.h"
#include "debug/page_walk.h"

namespace minivmm::debug {
namespace {

constexpr std::uint64_t field(std::uint64_t value, unsigned low, unsigned width) {
  return (value >> low) & ((1ull << width) - 1);
}

/// Little-endian integers one after the other, from linear memory.
template <std::size_t kCount>
std::optional<std::array<std::uint64_t, kCount>> read_words(const GuestMemory& memory,
                                                            const CpuSpecialRegisters& registers,
                                                            std::uint64_t linear,
                                                            std::size_t bytes = kCount * 8) {
  std::array<std::uint64_t, kCount> words{};
  const auto to = std::as_writable_bytes(std::span(words)).first(bytes);
  if (read_linear(memory, registers, linear, to) != bytes) return std::nullopt;
  return words;
}

std::string system_name(std::uint8_t type, bool long_mode) {
  // Intel SDM 3A, table 3-2.
  static constexpr std::array<std::string_view, 16> kNames{
      "reserved type 0",       "available 16-bit TSS", "LDT",
      "busy 16-bit TSS",       "16-bit call gate",     "task gate",
      "16-bit interrupt gate", "16-bit trap gate",     "reserved type 8",
      "available {}-bit TSS",  "reserved type 10",     "busy {}-bit TSS",
      "{}-bit call gate",      "reserved type 13",     "{}-bit interrupt gate",
      "{}-bit trap gate"};
  std::string text(kNames[type & 15]);
  if (const auto at = text.find("{}"); at != std::string::npos)
    text.replace(at, 2, long_mode ? "64" : "32");
  return text;
}

std::string segment_name(const CpuSegment& segment) {
  const bool code = (segment.type & 8) != 0;
  const char* second = (segment.type & 2) != 0 ? (code ? ", readable" : ", writable")
                                               : (code ? ", execute-only" : ", read-only");
  const char* third = (segment.type & 4) == 0 ? "" : code ? ", conforming" : ", expand-down";
  const char* width = segment.long_mode ? "64-bit" : segment.big ? "32-bit" : "16-bit";
  return fmt::format("{} {}{}{}", width, code ? "code" : "data", second, third);
}

Gate decode_real_mode_gate(std::uint32_t raw) {
  return {.kind = Gate::Kind::kRealMode,
          .raw = raw,
          .selector = static_cast<std::uint16_t>(raw >> 16),
          .offset = raw & 0xffff,
          .present = true};
}

Gate decode_gate(std::uint64_t raw, std::uint64_t upper, bool long_mode) {
  Gate gate{.raw = raw,
            .type = static_cast<std::uint8_t>(field(raw, 40, 5)),
            .selector = static_cast<std::uint16_t>(field(raw, 16, 16)),
            .offset = field(raw, 0, 16) | field(raw, 48, 16) << 16,
            .dpl = static_cast<std::uint8_t>(field(raw, 45, 2)),
            .present = field(raw, 47, 1) != 0};
  if (long_mode) {
    gate.offset |= upper << 32;
    gate.ist = static_cast<std::uint8_t>(field(raw, 32, 3));
  }
  // Bit 4, S, must be 0; long mode has only the two of 64 bits.
  if (gate.type == 14 || (gate.type == 6 && !long_mode)) gate.kind = Gate::Kind::kInterrupt;
  if (gate.type == 15 || (gate.type == 7 && !long_mode)) gate.kind = Gate::Kind::kTrap;
  if (gate.type == 5 && !long_mode) gate.kind = Gate::Kind::kTask;
  return gate;
}

/// Lines for count entries; text(i) is what to say of one, and equal ones share a line.
template <typename Text>
std::string list(unsigned count, unsigned scale, const Text& text) {
  std::string lines;
  for (unsigned i = 0; i < count;) {
    const std::string line = text(i);
    unsigned last = i;
    while (last + 1 < count && text(last + 1) == line) ++last;
    const std::string label = last == i ? fmt::format("{:#x}", i * scale)
                                        : fmt::format("{:#x}..{:#x}", i * scale, last * scale);
    lines += fmt::format("  {:<12} {}\n", label, line);
    i = last + 1;
  }
  return lines;
}

}  // namespace

Descriptor decode_descriptor(std::uint64_t raw, std::uint64_t upper, bool long_mode) {
  Descriptor descriptor{.raw = raw};
  CpuSegment& segment = descriptor.segment;
  segment.base = field(raw, 16, 24) | field(raw, 56, 8) << 24;
  segment.limit = static_cast<std::uint32_t>(field(raw, 0, 16) | field(raw, 48, 4) << 16);
  segment.type = static_cast<std::uint8_t>(field(raw, 40, 4));
  segment.code_or_data = field(raw, 44, 1) != 0;
  segment.dpl = static_cast<std::uint8_t>(field(raw, 45, 2));
  segment.present = field(raw, 47, 1) != 0;
  segment.available = field(raw, 52, 1) != 0;
  segment.long_mode = field(raw, 53, 1) != 0;
  segment.big = field(raw, 54, 1) != 0;
  segment.granular = field(raw, 55, 1) != 0;
  if (segment.granular) segment.limit = segment.limit << 12 | 0xfff;
  if (long_mode && !segment.code_or_data) {
    descriptor.sixteen_bytes = true;
    segment.base |= upper << 32;
  }
  return descriptor;
}

DescriptorLookup find_descriptor(const GuestMemory& memory, const CpuSpecialRegisters& registers,
                                 std::uint16_t selector) {
  using Outcome = DescriptorLookup::Outcome;
  const bool local = (selector & 4) != 0;
  const std::uint64_t offset = selector & ~7u;
  if (offset == 0 && !local) return {.outcome = Outcome::kNull};
  const bool usable = !local || (registers.ldt.present && !registers.ldt.unusable);
  const std::uint64_t base = local ? registers.ldt.base : registers.gdt.base;
  const std::uint64_t limit = local ? registers.ldt.limit : registers.gdt.limit;
  if (!usable || offset + 7 > limit) return {.outcome = Outcome::kBeyondLimit};
  const auto words = read_words<1>(memory, registers, base + offset);
  if (!words) return {.outcome = Outcome::kUnreadable};
  const auto upper = read_words<1>(memory, registers, base + offset + 8);
  Descriptor descriptor =
      decode_descriptor((*words)[0], upper ? (*upper)[0] : 0, in_long_mode(registers));
  descriptor.segment.selector = selector;
  return {.descriptor = descriptor};
}

std::string describe(const Descriptor& descriptor) {
  if (descriptor.raw == 0) return "empty";
  const CpuSegment& segment = descriptor.segment;
  return fmt::format("{}, DPL {}, base {:#x}, limit {:#x}{}",
                     segment.code_or_data ? segment_name(segment)
                                          : system_name(segment.type, descriptor.sixteen_bytes),
                     segment.dpl, segment.base, segment.limit,
                     segment.present ? "" : ", not present");
}

std::string describe(const DescriptorLookup& lookup) {
  switch (lookup.outcome) {
    case DescriptorLookup::Outcome::kNull:
      return "the null selector";
    case DescriptorLookup::Outcome::kBeyondLimit:
      return "beyond the table's limit";
    case DescriptorLookup::Outcome::kUnreadable:
      return "in a table that isn't mapped to RAM";
    case DescriptorLookup::Outcome::kFound:
      break;
  }
  return describe(lookup.descriptor);
}

GateLookup find_gate(const GuestMemory& memory, const CpuSpecialRegisters& registers,
                     std::uint8_t vector) {
  using Outcome = GateLookup::Outcome;
  const bool wide = in_long_mode(registers);
  const unsigned size = wide ? 16 : in_protected_mode(registers) ? 8 : 4;
  const std::uint64_t offset = std::uint64_t{vector} * size;
  if (offset + size - 1 > registers.idt.limit) return {.outcome = Outcome::kBeyondLimit};
  const auto words = read_words<2>(memory, registers, registers.idt.base + offset, size);
  if (!words) return {.outcome = Outcome::kUnreadable};
  if (size == 4) return {.gate = decode_real_mode_gate(static_cast<std::uint32_t>((*words)[0]))};
  return {.gate = decode_gate((*words)[0], (*words)[1], wide)};
}

std::string describe(const Gate& gate) {
  const auto target = fmt::format("{:#x}:{:#x}", gate.selector, gate.offset);
  if (gate.kind == Gate::Kind::kRealMode) return fmt::format("handler at {}", target);
  if (!gate.present) return gate.raw == 0 ? "empty" : "not present";
  std::string text;
  switch (gate.kind) {
    case Gate::Kind::kTask:
      return fmt::format("task gate to {:#x}, DPL {}", gate.selector, gate.dpl);
    case Gate::Kind::kInterrupt:
      text = "interrupt gate";
      break;
    case Gate::Kind::kTrap:
      text = "trap gate";
      break;
    default:
      return fmt::format("not a gate (type {:#x})", gate.type);
  }
  text += fmt::format(" to {}, DPL {}", target, gate.dpl);
  if (gate.ist != 0) text += fmt::format(", stack IST{}", gate.ist);
  return text;
}

std::string describe(const GateLookup& lookup) {
  if (lookup.outcome == GateLookup::Outcome::kBeyondLimit) return "beyond the IDT's limit";
  if (lookup.outcome == GateLookup::Outcome::kUnreadable)
    return "in an IDT that isn't mapped to RAM";
  return describe(lookup.gate);
}

std::string describe_gdt(const GuestMemory& memory, const CpuSpecialRegisters& registers) {
  const DescriptorTable& gdt = registers.gdt;
  const unsigned count = (gdt.limit + 1u) / 8;
  std::string text =
      fmt::format("GDT at {:#x}, limit {:#x}, {} entries\n", gdt.base, gdt.limit, count);

  text += list(count, 8, [&](unsigned i) -> std::string {
    if (i == 0) return "null";
    const auto before = find_descriptor(memory, registers, static_cast<std::uint16_t>((i - 1) * 8));
    const auto here = find_descriptor(memory, registers, static_cast<std::uint16_t>(i * 8));
    const bool upper_half = before.outcome == DescriptorLookup::Outcome::kFound &&
                            before.descriptor.sixteen_bytes && before.descriptor.raw != 0;
    return upper_half ? "upper half of the entry before" : describe(here);
  });
  return text;
}

std::string describe_idt(const GuestMemory& memory, const CpuSpecialRegisters& registers) {
  const DescriptorTable& idt = registers.idt;
  const unsigned size = in_long_mode(registers) ? 16 : in_protected_mode(registers) ? 8 : 4;
  const unsigned count = std::min(256u, (idt.limit + 1u) / size);
  return fmt::format("IDT at {:#x}, limit {:#x}, {} entries\n", idt.base, idt.limit, count) +
         list(count, 1, [&](unsigned i) {
           return describe(find_gate(memory, registers, static_cast<std::uint8_t>(i)));
         });
}

}  // namespace minivmm::debug
