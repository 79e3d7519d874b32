#include "debug/register_text.h"

#include <fmt/core.h>

#include <array>
#include <cstdint>
#include <utility>

#include "debug/control_bits.h"

namespace minivmm::debug {
namespace {

std::string flag_names(std::uint64_t rflags) {
  // Intel SDM 1, 3.4.3.
  constexpr std::pair<unsigned, std::string_view> kFlags[] = {
      {0, "CF"}, {2, "PF"},  {4, "AF"},  {6, "ZF"},  {7, "SF"},  {8, "TF"},
      {9, "IF"}, {10, "DF"}, {11, "OF"}, {14, "NT"}, {16, "RF"}, {17, "VM"}};
  std::string text;
  for (const auto& [bit, flag_name] : kFlags) {
    if (((rflags >> bit) & 1) != 0) text += fmt::format(" {}", flag_name);
  }
  return text;
}

std::string describe_segment(std::string_view segment_name, const CpuSegment& segment) {
  if (segment.unusable) {
    return fmt::format("{:<4}{:04x}  not usable\n", segment_name, segment.selector);
  }
  return fmt::format("{:<4}{:04x}  base {:016x}  limit {:08x}  type {:x}  DPL {}{}{}{}\n",
                     segment_name, segment.selector, segment.base, segment.limit, segment.type,
                     segment.dpl, segment.long_mode ? "  64-bit" : "",
                     segment.big ? "  32-bit" : "", segment.present ? "" : "  not present");
}

}  // namespace

std::string_view mode_name(const CpuSpecialRegisters& special) {
  if (!in_protected_mode(special)) return "real mode";
  if (in_64bit_mode(special)) return "64-bit mode";
  if (in_long_mode(special)) return "compatibility mode";
  return special.cs.big ? "32-bit protected mode" : "16-bit protected mode";
}

std::string describe(const CpuRegisters& registers, const CpuSpecialRegisters& special) {
  const CpuRegisters& r = registers;
  const CpuSpecialRegisters& s = special;
  std::string text;
  const auto line = [&text](std::string_view a, std::uint64_t a_value, std::string_view b,
                            std::uint64_t b_value, std::string_view c, std::uint64_t c_value,
                            std::string_view d, std::uint64_t d_value) {
    text += fmt::format("{:<4}{:016x}  {:<4}{:016x}  {:<4}{:016x}  {:<4}{:016x}\n", a, a_value, b,
                        b_value, c, c_value, d, d_value);
  };
  text += fmt::format("RIP {:016x}  RFLAGS {:08x}{}  ({}, privilege level {})\n", r.rip, r.rflags,
                      flag_names(r.rflags), mode_name(s), s.ss.dpl);
  line("RAX", r.rax, "RBX", r.rbx, "RCX", r.rcx, "RDX", r.rdx);
  line("RSI", r.rsi, "RDI", r.rdi, "RSP", r.rsp, "RBP", r.rbp);
  line("R8", r.r8, "R9", r.r9, "R10", r.r10, "R11", r.r11);
  line("R12", r.r12, "R13", r.r13, "R14", r.r14, "R15", r.r15);
  line("CR0", s.cr0, "CR2", s.cr2, "CR3", s.cr3, "CR4", s.cr4);
  text += fmt::format("CR8 {:x}  EFER {:x}  APIC base {:x}\n", s.cr8, s.efer, s.apic_base);
  const std::array<std::pair<std::string_view, const CpuSegment*>, 8> segments{{{"CS", &s.cs},
                                                                                {"DS", &s.ds},
                                                                                {"ES", &s.es},
                                                                                {"SS", &s.ss},
                                                                                {"FS", &s.fs},
                                                                                {"GS", &s.gs},
                                                                                {"TR", &s.tr},
                                                                                {"LDT", &s.ldt}}};
  for (const auto& [segment_name, segment] : segments) {
    text += describe_segment(segment_name, *segment);
  }
  text += fmt::format("GDT base {:016x}  limit {:04x}\nIDT base {:016x}  limit {:04x}\n",
                      s.gdt.base, s.gdt.limit, s.idt.base, s.idt.limit);
  return text;
}

}  // namespace minivmm::debug
