#include "debug/crash_cause.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <vector>

#include "debug/control_bits.h"
#include "debug/descriptors.h"
#include "debug/disassembly.h"
#include "debug/page_walk.h"

namespace minivmm::debug {
namespace {

constexpr std::uint8_t kDivide = 0;
constexpr std::uint8_t kBreakpoint = 3;
constexpr std::uint8_t kInvalidOpcode = 6;
constexpr std::uint8_t kDoubleFault = 8;
constexpr std::uint8_t kProtection = 13;
constexpr std::uint8_t kPageFault = 14;

/// The exception with which it began.
struct FirstFault {
  std::uint8_t vector = 0;
  std::string account{};  ///< "the stack 0x7ff8 is not mapped".
};

struct Evidence {
  const CrashedCpu& cpu;
  std::vector<std::byte> code;
  std::string text;  // Of the instruction.

  [[nodiscard]] bool is(std::string_view mnemonic) const {
    return text == mnemonic || text.starts_with(std::string(mnemonic) + " ");
  }
  template <std::size_t kCount>
  [[nodiscard]] bool is_one_of(const std::array<std::string_view, kCount>& mnemonics) const {
    return std::ranges::any_of(mnemonics, [this](std::string_view one) { return is(one); });
  }
  [[nodiscard]] PageWalk walk(std::uint64_t linear) const {
    return walk_pages(cpu.memory, cpu.special, linear);
  }
  [[nodiscard]] bool in_ram(const PageWalk& walk) const {
    return walk.mapped() && cpu.memory.at(walk.physical, 1).has_value();
  }
};

std::uint64_t word_size(const CrashedCpu& cpu) {
  return in_64bit_mode(cpu.special) ? 8 : cpu.special.cs.big ? 4 : 2;
}

std::optional<FirstFault> fetch_fault(const Evidence& evidence) {
  const CpuSpecialRegisters& special = evidence.cpu.special;
  const std::uint64_t rip = linear_rip(evidence.cpu.registers, special);
  const PageWalk walk = evidence.walk(rip);
  if (walk.outcome == PageWalk::Outcome::kNotCanonical)
    return FirstFault{kProtection, fmt::format("RIP {:#x} is not a canonical address", rip)};
  if (!walk.mapped()) {
    std::string account = fmt::format("the code at RIP {:#x} is {}", rip, outcome_text(walk));
    if (walk.steps.size() == 1)
      account += fmt::format(", so CR3 {:#x} is likely wrong", special.cr3);
    return FirstFault{kPageFault, account};
  }
  if (!walk.executable)
    return FirstFault{kPageFault,
                      fmt::format("the code at RIP {:#x} is in a no-execute page", rip)};
  return std::nullopt;
}

std::optional<FirstFault> stack_fault(const Evidence& evidence) {
  static constexpr std::array<std::string_view, 5> kPushes{"push", "call", "pushfq", "pushfd",
                                                           "enter"};
  static constexpr std::array<std::string_view, 9> kPops{
      "pop", "ret", "popfq", "popfd", "leave", "iretq", "iretd", "iret", "ret far"};
  const bool pushes = evidence.is_one_of(kPushes);
  if (!pushes && !evidence.is_one_of(kPops)) return std::nullopt;
  const std::uint64_t rsp = linear_rsp(evidence.cpu.registers, evidence.cpu.special);
  const std::uint64_t at = pushes ? rsp - word_size(evidence.cpu) : rsp;
  const PageWalk walk = evidence.walk(at);
  if (walk.outcome == PageWalk::Outcome::kNotCanonical)
    return FirstFault{12, fmt::format("the stack {:#x} is not a canonical address", at)};
  if (!walk.mapped())
    return FirstFault{kPageFault, fmt::format("the stack {:#x} is {}", at, outcome_text(walk))};
  if (pushes && !walk.writable && (evidence.cpu.special.cr0 & kCr0Wp) != 0)
    return FirstFault{kPageFault, fmt::format("the stack {:#x} is read-only", at)};
  return std::nullopt;
}

/// Why a far transfer to this selector gives #GP or #NP; empty: it doesn't.
std::string selector_problem(const CrashedCpu& cpu, std::uint16_t selector) {
  const DescriptorLookup lookup = find_descriptor(cpu.memory, cpu.special, selector);
  const CpuSegment& segment = lookup.descriptor.segment;
  const bool code = lookup.outcome == DescriptorLookup::Outcome::kFound && segment.code_or_data &&
                    segment.present && (segment.type & 8) != 0;
  if (code && !(segment.long_mode && segment.big)) return {};
  return fmt::format("code segment {:#x} of the GDT (at {:#x}, limit {:#x}) is {}{}", selector,
                     cpu.special.gdt.base, cpu.special.gdt.limit, describe(lookup),
                     code ? ", with both L and D set" : "");
}

/// The selector that a far jump, far return or IRET is about to load into CS.
std::optional<std::uint16_t> far_selector(const Evidence& evidence) {
  constexpr std::byte kJumpFar{0xea};  // Intel SDM 2A, JMP ptr16:16 and ptr16:32.
  const CrashedCpu& cpu = evidence.cpu;
  const std::size_t offset_size = cpu.special.cs.big ? 4 : 2;
  std::uint16_t selector = 0;
  if (!evidence.code.empty() && evidence.code[0] == kJumpFar &&
      evidence.code.size() >= offset_size + 3) {
    std::memcpy(&selector, evidence.code.data() + 1 + offset_size, sizeof selector);
    return selector;
  }
  const bool returns = evidence.text.find("iret") == 0 || evidence.text.find("ret far") == 0 ||
                       evidence.text.find("retf") != std::string::npos;
  if (!returns) return std::nullopt;
  // 48 is REX.W; without it 64-bit mode returns by 32 bits.
  const bool wide = !evidence.code.empty() && evidence.code[0] == std::byte{0x48};
  const std::uint64_t width = wide ? 8 : in_64bit_mode(cpu.special) ? 4 : word_size(cpu);
  const std::uint64_t at = linear_rsp(cpu.registers, cpu.special) + width;
  if (read_linear(cpu.memory, cpu.special, at, std::as_writable_bytes(std::span(&selector, 1))) !=
      sizeof selector)
    return std::nullopt;
  return selector;
}

std::optional<FirstFault> instruction_fault(const Evidence& evidence) {
  static constexpr std::array<std::string_view, 3> kInvalid{"ud0", "ud1", "ud2"};
  static constexpr std::array<std::string_view, 2> kDivisions{"div", "idiv"};
  if (evidence.is_one_of(kInvalid))
    return FirstFault{kInvalidOpcode, "it is an invalid instruction on purpose"};
  if (evidence.is("int3")) return FirstFault{kBreakpoint, "it is a breakpoint"};
  if (!evidence.code.empty() && evidence.code[0] == std::byte{0xcd} && evidence.code.size() > 1) {
    const auto vector = std::to_integer<std::uint8_t>(evidence.code[1]);
    if (const std::string problem = delivery_problem(evidence.cpu, vector); !problem.empty())
      return FirstFault{kProtection, problem};
  }
  if (const auto selector = far_selector(evidence)) {
    const std::string problem = selector_problem(evidence.cpu, *selector);
    if (!problem.empty()) return FirstFault{kProtection, problem};
  }
  if (evidence.is_one_of(kDivisions))
    return FirstFault{kDivide, "it divides by 0, or the quotient doesn't fit"};
  return std::nullopt;
}

std::optional<FirstFault> data_fault(const Evidence& evidence) {
  const bool uses_memory = evidence.text.find('[') != std::string::npos ||
                           evidence.text.find("movs") != std::string::npos ||
                           evidence.text.find("stos") != std::string::npos;
  if (!uses_memory || paging_mode(evidence.cpu.special) == PagingMode::kNone) return std::nullopt;
  const std::uint64_t address = evidence.cpu.special.cr2;
  const PageWalk walk = evidence.walk(address);
  if (!walk.mapped())
    return FirstFault{kPageFault,
                      fmt::format("the address {:#x} is {}", address, outcome_text(walk))};
  if (address != 0 && !walk.writable)
    return FirstFault{kPageFault, fmt::format("the address {:#x} is read-only", address)};
  return std::nullopt;
}

std::optional<FirstFault> find_first_fault(const Evidence& evidence) {
  for (auto* look : {fetch_fault, stack_fault, instruction_fault, data_fault}) {
    if (auto fault = look(evidence)) return fault;
  }
  return std::nullopt;
}

Evidence collect(const CrashedCpu& cpu) {
  Evidence evidence{.cpu = cpu, .code = std::vector<std::byte>(kLongestInstruction), .text = {}};
  const std::uint64_t rip = linear_rip(cpu.registers, cpu.special);
  evidence.code.resize(read_linear(cpu.memory, cpu.special, rip, evidence.code));
  if (const auto found = disassemble(evidence.code, rip, code_mode(cpu.special)))
    evidence.text = found->text;
  return evidence;
}

std::string emulation_cause(const Evidence& evidence) {
  const std::uint64_t rip = linear_rip(evidence.cpu.registers, evidence.cpu.special);
  const PageWalk walk = evidence.walk(rip);
  if (walk.mapped() && !evidence.in_ram(walk))
    return fmt::format("the guest jumped to {:#x}, guest-physical {:#x}, where there is no memory",
                       rip, walk.physical.value);
  if (!walk.mapped()) return fmt::format("the code at RIP {:#x} is {}", rip, outcome_text(walk));
  if (evidence.text.empty())
    return fmt::format("the bytes at RIP {:#x} are no instruction that KVM knows", rip);
  return fmt::format(
      "'{}' works on memory that is not RAM, or on state that KVM emulates, and "
      "KVM's emulator lacks it",
      evidence.text);
}

/// Why nothing could be done about it: the exception's own way, then the double fault's.
std::string delivery_account(const CrashedCpu& cpu, std::uint8_t vector) {
  const std::string first = delivery_problem(cpu, vector);
  const std::string second = delivery_problem(cpu, kDoubleFault);
  if (first.empty())
    return fmt::format("; its handler looks sound, so it likely raised {} again",
                       exception_name(vector));
  std::string text = "; " + first;
  if (second == first)
    text += "; the double fault met the same";
  else if (!second.empty() && cpu.special.idt.limit != 0)
    text += fmt::format("; {}", second);
  return text;
}

std::string without_first_fault(const CrashedCpu& cpu) {
  for (const std::uint8_t vector : {kProtection, kPageFault, kDoubleFault}) {
    const std::string problem = delivery_problem(cpu, vector);
    if (!problem.empty()) return fmt::format("an exception came, and {}", problem);
  }
  return {};
}

}  // namespace

std::string instruction_text(const CrashedCpu& cpu) {
  return collect(cpu).text;
}

std::string likeliest_cause(CrashKind kind, const CrashedCpu& cpu) {
  const Evidence evidence = collect(cpu);
  if (kind == CrashKind::kEmulation) return emulation_cause(evidence);
  if (kind != CrashKind::kTripleFault) return {};
  std::string text;
  if (const auto fault = find_first_fault(evidence)) {
    text = exception_name(fault->vector);
    if (!evidence.text.empty()) text += fmt::format(" on '{}'", evidence.text);
    text += ": " + fault->account + delivery_account(cpu, fault->vector);
  } else {
    text = without_first_fault(cpu);
    if (!text.empty() && !evidence.text.empty())
      text += fmt::format("; the instruction is '{}'", evidence.text);
  }
  if (in_long_mode(cpu.special) && !cpu.special.cs.long_mode)
    text += fmt::format(
        "{}CS {:#x} has no L bit: the processor reads the code as {}-bit, in "
        "compatibility mode",
        text.empty() ? "" : "; ", cpu.special.cs.selector, cpu.special.cs.big ? 32 : 16);
  return text;
}

}  // namespace minivmm::debug
