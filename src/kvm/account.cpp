#include "kvm/account.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "kvm/kernel_interface.h"

namespace minivmm::kvm {
namespace {

constexpr std::size_t kLongestInstruction = 15;  // Bytes; Intel SDM 2A, 2.3.11.
constexpr std::uint64_t kPageSize = 4096;

std::string hex(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte byte : bytes) {
    fmt::format_to(std::back_inserter(text), "{}{:02x}", text.empty() ? "" : " ",
                   std::to_integer<unsigned>(byte));
  }
  return text;
}

std::string_view suberror_name(std::uint32_t suberror) {
  switch (suberror) {
    case KVM_INTERNAL_ERROR_EMULATION:
      return "emulation failure: KVM met an instruction that it has to emulate and can't";
    case KVM_INTERNAL_ERROR_SIMUL_EX:
      return "simultaneous exceptions that KVM could not bring into an order";
    case KVM_INTERNAL_ERROR_DELIVERY_EV:
      return "an exit of the processor in the middle of delivering an interrupt or exception";
    case KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON:
      return "an exit of the processor for a reason that KVM doesn't know";
    default:
      return "a kind that minivmm has no name for";
  }
}

/// What happened, in one or two sentences.
struct Headline {
  std::string operator()(const Shutdown&) const {
    return "triple fault: an exception could not be delivered, nor the double fault that followed "
           "it, so the processor shut down. Most often the IDT, the stack or a page table is bad.";
  }
  std::string operator()(const FailEntry& exit) const {
    const std::string cpu = exit.cpu == ~0u ? "" : fmt::format(" on the host's CPU {}", exit.cpu);
    return fmt::format(
        "the processor refused to enter the guest{}: hardware reason {:#x}. The guest's registers "
        "are in a state that the hardware doesn't allow.",
        cpu, exit.hardware_reason);
  }
  std::string operator()(const InternalError& exit) const {
    std::string text = fmt::format("KVM gave up (internal error {}): {}.", exit.suberror,
                                   suberror_name(exit.suberror));
    if (exit.instruction_size > 0) {
      text += fmt::format("\n  instruction  {}", hex(exit.instruction()));
    }
    if (exit.data_count > 0) {
      text += "\n  KVM's data  ";
      for (const std::uint64_t word : exit.data()) text += fmt::format(" {:#x}", word);
    }
    return text;
  }
  std::string operator()(const Unknown& exit) const {
    if (exit.reason == KVM_EXIT_UNKNOWN) {
      return fmt::format("KVM didn't understand the processor's exit: hardware reason {:#x}.",
                         exit.hardware_reason);
    }
    return fmt::format("KVM stopped for a reason that minivmm didn't ask for: exit {}.",
                       exit.reason);
  }
  template <typename Other>
  std::string operator()(const Other& exit) const {
    return fmt::format("stopped by the exit {}.", name(VcpuExit{exit}));
  }
};

bool look_reset(const Registers& registers, const SpecialRegisters& special) {
  const SpecialRegisters reset = entry_special_registers({.mode = CpuEntry::Mode::kReal16});
  return registers.rip == Registers{}.rip && special.cs.base == reset.cs.base;
}

std::string_view mode_name(const SpecialRegisters& special) {
  constexpr std::uint64_t kPe = 1;
  constexpr std::uint64_t kLma = 1u << 10;
  if ((special.cr0 & kPe) == 0) return "real mode";
  if ((special.efer & kLma) != 0 && special.cs.long_mode) return "64-bit mode";
  if ((special.efer & kLma) != 0) return "compatibility mode";
  return special.cs.big ? "32-bit protected mode" : "16-bit protected mode";
}

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

std::string describe_segment(std::string_view segment_name, const Segment& segment) {
  if (segment.unusable) {
    return fmt::format("{:<4}{:04x}  not usable\n", segment_name, segment.selector);
  }
  return fmt::format("{:<4}{:04x}  base {:016x}  limit {:08x}  type {:x}  DPL {}{}{}{}\n",
                     segment_name, segment.selector, segment.base, segment.limit, segment.type,
                     segment.dpl, segment.long_mode ? "  64-bit" : "",
                     segment.big ? "  32-bit" : "", segment.present ? "" : "  not present");
}

/// CS:RIP as the linear address that paging sees (Intel SDM 3A, 3.3.1 and 3.4.4).
std::uint64_t linear_rip(const Registers& registers, const SpecialRegisters& special) {
  if (special.cs.long_mode) return registers.rip;
  return (special.cs.base + registers.rip) & 0xffff'ffff;
}

/// As many bytes of an instruction as can be read.
std::vector<std::byte> read_code(const Vcpu& vcpu, const GuestMemory& memory,
                                 std::uint64_t linear) {
  std::vector<std::byte> code(kLongestInstruction);
  std::size_t done = 0;
  while (done < code.size()) {
    const std::uint64_t at = linear + done;
    const auto in_page = static_cast<std::size_t>(kPageSize - at % kPageSize);
    const auto piece = std::span(code).subspan(done).first(std::min(in_page, code.size() - done));
    const std::optional<GuestAddress> physical = vcpu.translate(at);
    if (!physical || !memory.copy_in(*physical, piece)) break;
    done += piece.size();
  }
  code.resize(done);
  return code;
}

}  // namespace

std::string describe(const Registers& registers, const SpecialRegisters& special) {
  const Registers& r = registers;
  const SpecialRegisters& s = special;
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
  const std::array<std::pair<std::string_view, const Segment*>, 8> segments{{{"CS", &s.cs},
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

std::string crash_account(const VcpuExit& exit, unsigned vcpu, const Registers& registers,
                          const SpecialRegisters& special, const CodeBytes& code) {
  std::string text = fmt::format("vCPU {}: {}\n", vcpu, std::visit(Headline{}, exit));
  if (std::holds_alternative<Shutdown>(exit) && look_reset(registers, special)) {
    return text +
           "Where the guest was is not known: the registers are those after a reset, because on "
           "AMD "
           "processors KVM resets a vCPU before it reports a triple fault.\n";
  }
  text += fmt::format(
      "code at {:016x}: {}\n", code.linear,
      code.bytes.empty() ? "not readable: no guest memory is mapped there" : hex(code.bytes));
  return text + describe(registers, special);
}

std::string crash_account(const VcpuExit& exit, const Vcpu& vcpu, const GuestMemory& memory) {
  const Registers registers = vcpu.registers();
  const SpecialRegisters special = vcpu.special_registers();
  const std::uint64_t linear = linear_rip(registers, special);
  const std::vector<std::byte> code = read_code(vcpu, memory, linear);
  return crash_account(exit, vcpu.index(), registers, special, {.linear = linear, .bytes = code});
}

}  // namespace minivmm::kvm
