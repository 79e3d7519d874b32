// Commands that look at a processor.

#include <fmt/format.h>

#include <array>

#include "debug/command_table.h"
#include "debug/page_walk.h"
#include "debug/register_names.h"
#include "host/nearest.h"

namespace minivmm::debug {
namespace {

void regs(Debugger& debugger, const Arguments& /*arguments*/) {
  const CpuRegisters r = debugger.registers();
  std::string text = fmt::format(
      "rax {:016x}  rbx {:016x}  rcx {:016x}  rdx {:016x}\n"
      "rsi {:016x}  rdi {:016x}  rsp {:016x}  rbp {:016x}\n"
      "r8  {:016x}  r9  {:016x}  r10 {:016x}  r11 {:016x}\n"
      "r12 {:016x}  r13 {:016x}  r14 {:016x}  r15 {:016x}\n",
      r.rax, r.rbx, r.rcx, r.rdx, r.rsi, r.rdi, r.rsp, r.rbp, r.r8, r.r9, r.r10, r.r11, r.r12,
      r.r13, r.r14, r.r15);
  text += fmt::format("rip {:016x}  rflags {:08x} [{}]\n", r.rip, r.rflags, flags_text(r.rflags));
  text += debugger.code_line(linear_rip(r, debugger.special_registers())) + "\n";
  debugger.print(text);
}

void sregs(Debugger& debugger, const Arguments& /*arguments*/) {
  const CpuSpecialRegisters s = debugger.special_registers();
  std::string text = fmt::format("cr0 {:08x}  cr2 {:016x}  cr3 {:016x}  cr4 {:08x}  cr8 {:x}\n",
                                 s.cr0, s.cr2, s.cr3, s.cr4, s.cr8);
  text += fmt::format("efer {:x}  apic_base {:x}  {}\n", s.efer, s.apic_base, name(paging_mode(s)));
  const auto segment = [&](const char* label, const CpuSegment& one) {
    text += fmt::format("{:<3} {:04x}  base {:016x}  limit {:08x}  type {:x}  dpl {}{}{}{}\n",
                        label, one.selector, one.base, one.limit, one.type, one.dpl,
                        one.big ? "  32-bit" : "", one.long_mode ? "  64-bit" : "",
                        one.unusable || !one.present ? "  unusable" : "");
  };
  segment("cs", s.cs), segment("ss", s.ss), segment("ds", s.ds), segment("es", s.es);
  segment("fs", s.fs), segment("gs", s.gs), segment("tr", s.tr), segment("ldt", s.ldt);
  text += fmt::format("gdt base {:016x}  limit {:04x}\nidt base {:016x}  limit {:04x}\n",
                      s.gdt.base, s.gdt.limit, s.idt.base, s.idt.limit);
  debugger.print(text);
}

void msrs(Debugger& debugger, const Arguments& arguments) {
  std::vector<std::uint32_t> wanted;
  if (arguments.empty()) {
    wanted = debugger.target().msr_list();
  } else {
    const auto index = msr_index(arguments.text);
    wanted = {index ? *index : static_cast<std::uint32_t>(debugger.value(arguments.text))};
  }
  for (const std::uint32_t index : wanted) {
    const auto value = debugger.target().msr(debugger.cpu(), index);
    if (!value && !arguments.empty())
      throw CommandError(fmt::format("KVM has no MSR {:#x}", index));
    // In the list of all, those that KVM knows but has no name here stay out while they are 0.
    if (!value || (arguments.empty() && *value == 0 && msr_name(index).empty())) continue;
    debugger.print(fmt::format("{:08x}  {:016x}  {}\n", index, *value, msr_name(index)));
  }
}

void cpu(Debugger& debugger, const Arguments& arguments) {
  DebugTarget& target = debugger.target();
  if (!arguments.empty()) {
    const std::uint64_t number = debugger.value(arguments.text);
    if (number >= target.cpu_count())
      throw CommandError(
          fmt::format("there is no cpu{}: the last is cpu{}", number, target.cpu_count() - 1));
    debugger.choose_cpu(static_cast<unsigned>(number));
  }
  const unsigned chosen = debugger.cpu();
  for (unsigned one = 0; one < target.cpu_count(); ++one) {
    debugger.choose_cpu(one);
    debugger.print(fmt::format(
        "{} cpu{}  {:<17}  {}\n", one == chosen ? '*' : ' ', one, target.activity(one),
        debugger.code_line(linear_rip(debugger.registers(), debugger.special_registers()))));
  }
  debugger.choose_cpu(chosen);
}

// "set REGISTER EXPR" or "set REGISTER = EXPR"; "set msr N EXPR"; "set ADDR/SIZE EXPR".
void set_msr(Debugger& debugger, const Arguments& arguments, std::uint64_t value) {
  const auto named = msr_index(arguments.words[1]);
  const auto index =
      named ? *named : static_cast<std::uint32_t>(debugger.value(arguments.words[1]));
  if (!debugger.target().set_msr(debugger.cpu(), index, value))
    throw CommandError(fmt::format("KVM refuses {:#x} for MSR {:#x}", value, index));
}

void set_memory(Debugger& debugger, const std::string& place, std::uint64_t value) {
  const auto slash = place.find('/');
  const std::uint64_t size = debugger.value(place.substr(slash + 1));
  if (size == 0 || size > sizeof value) throw CommandError("set writes 1 to 8 bytes at once");
  const std::uint64_t address = debugger.value(place.substr(0, slash));
  const auto bytes = std::as_bytes(std::span(&value, 1)).first(size);
  if (write_linear(debugger.target().memory(), debugger.special_registers(), address, bytes) !=
      size)
    throw CommandError(fmt::format("{:#x} is not mapped to RAM: pt shows why", address));
}

void set(Debugger& debugger, const Arguments& arguments) {
  constexpr std::size_t kWithMsr = 3;
  const auto& words = arguments.words;
  if (words.size() < 2)
    throw CommandError("set what? As: set rax 1, set msr EFER 0, set 0x5000/4 7");
  const bool is_msr = words[0] == "msr" && words.size() >= kWithMsr;
  std::string expression;
  for (std::size_t n = is_msr ? 2 : 1; n < words.size(); ++n) {
    if (words[n] != "=") expression += words[n] + " ";
  }
  const std::uint64_t value = debugger.value(expression);
  if (is_msr) return set_msr(debugger, arguments, value);
  if (words[0].find('/') != std::string::npos) return set_memory(debugger, words[0], value);
  CpuRegisters registers = debugger.registers();
  if (std::uint64_t* field = full_register(registers, words[0])) {
    *field = value;
    return debugger.target().set_registers(debugger.cpu(), registers);
  }
  CpuSpecialRegisters special = debugger.special_registers();
  if (std::uint64_t* field = control_register(special, words[0])) {
    *field = value;
    if (debugger.target().set_special_registers(debugger.cpu(), special)) return;
    throw CommandError(fmt::format("KVM refuses {:#x} for {}", value, words[0]));
  }
  const std::string meant = nearest(words[0], register_names());
  throw CommandError(fmt::format("'{}' can't be set{}", words[0],
                                 meant.empty() ? "" : fmt::format(" (did you mean {}?)", meant)));
}

void print_value(Debugger& debugger, const Arguments& arguments) {
  if (arguments.empty()) throw CommandError("print what? As: print rsp+8");
  const std::uint64_t value = debugger.value(arguments.text);
  const std::string name = debugger.symbols().place(value);
  debugger.print(fmt::format("{:#x} = {}{}\n", value, value, name.empty() ? "" : "  " + name));
}

constexpr std::array kCommands{
    Command{"regs", "r", "", "general registers, and where the vCPU is", regs},
    Command{"sregs", "sr", "", "control and segment registers", sregs},
    Command{"msrs", "", "[N or NAME]", "model-specific registers", msrs, Command::Takes::kMsr},
    Command{"cpu", "", "[N]", "the vCPUs; with N, look at that one", cpu},
    Command{"set", "", "REG EXPR", "a register, msr N, or memory at ADDR/SIZE", set,
            Command::Takes::kExpression},
    Command{"print", "p", "EXPR", "a value", print_value, Command::Takes::kExpression},
};

}  // namespace

std::span<const Command> cpu_commands() {
  return kCommands;
}

}  // namespace minivmm::debug
