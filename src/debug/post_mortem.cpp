#include "debug/post_mortem.h"

#include <fmt/core.h>

#include <array>
#include <span>

#include "debug/control_bits.h"
#include "debug/descriptors.h"
#include "debug/disassembly.h"
#include "debug/page_walk.h"
#include "debug/register_text.h"

namespace minivmm::debug {
namespace {

constexpr std::size_t kCodeShown = 32;  // Bytes.

// The first instruction after RESET and INIT (Intel SDM 3A, 10.1.4 and table 10-1).
constexpr std::uint64_t kResetRip = 0xfff0;
constexpr std::uint64_t kResetCodeBase = 0xffff'0000;

std::string hex(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte byte : bytes)
    text += fmt::format("{}{:02x}", text.empty() ? "" : " ", std::to_integer<unsigned>(byte));
  return text;
}

std::string code_lines(const CrashedCpu& cpu) {
  const std::uint64_t rip = linear_rip(cpu.registers, cpu.special);
  std::array<std::byte, kCodeShown> bytes{};
  const std::size_t size = read_linear(cpu.memory, cpu.special, rip, bytes);
  if (size == 0) {
    const PageWalk walk = walk_pages(cpu.memory, cpu.special, rip);
    return fmt::format("code at {:016x}: not readable: {}\n", rip,
                       walk.mapped() ? "no guest memory is there" : outcome_text(walk));
  }
  std::span<const std::byte> rest = std::span(bytes).first(size);
  std::string text = fmt::format("code at {:016x}: {}\n", rip, hex(rest));
  std::uint64_t at = rip;
  while (const auto one = disassemble(rest, at, code_mode(cpu.special))) {
    text += fmt::format("  {:016x}  {}\n", at, one->text);
    at += one->size;
    rest = rest.subspan(one->size);
  }
  return text;
}

std::string walk_lines(const CrashedCpu& cpu) {
  if (paging_mode(cpu.special) == PagingMode::kNone) return "Paging is off.\n";
  const auto one = [&cpu](std::string_view name, std::uint64_t linear) {
    return fmt::format("{} {}", name, describe(walk_pages(cpu.memory, cpu.special, linear)));
  };
  return one("RIP", linear_rip(cpu.registers, cpu.special)) +
         one("RSP", linear_rsp(cpu.registers, cpu.special)) + one("CR2", cpu.special.cr2);
}

std::string everything_of(const CrashedCpu& cpu) {
  return code_lines(cpu) + describe(cpu.registers, cpu.special) + walk_lines(cpu) +
         describe_gdt(cpu.memory, cpu.special) + describe_idt(cpu.memory, cpu.special) +
         describe_tss(cpu.memory, cpu.special);
}

std::string cause_line(const std::string& cause) {
  return cause.empty() ? "" : fmt::format("Likeliest cause: {}.\n", cause);
}

/// Memory is that of the crash: the stack tells of calls behind the exit whose registers these are.
std::string return_addresses(const CrashedCpu& cpu) {
  constexpr std::uint64_t kAround = 256;  // Bytes, to either side.
  constexpr std::size_t kLongestCode = 16;
  const CodeMode mode = code_mode(cpu.special);
  const std::uint64_t size = in_64bit_mode(cpu.special) ? 8 : 4;
  const std::uint64_t rsp = linear_rsp(cpu.registers, cpu.special);
  std::string text;
  for (std::uint64_t at = rsp - kAround; at != rsp + kAround; at += size) {
    std::uint64_t word = 0;
    const auto bytes = std::as_writable_bytes(std::span(&word, 1)).first(size);
    std::array<std::byte, kLongestCode> code{};
    if (read_linear(cpu.memory, cpu.special, at, bytes) != size) continue;
    if (read_linear(cpu.memory, cpu.special, word - code.size(), code) != code.size()) continue;
    const auto call = instruction_before(code, word, mode);
    if (call && call->text.starts_with("call"))
      text += fmt::format("  RSP{:+#x}: {:#x}, behind '{}'\n", static_cast<std::int64_t>(at - rsp),
                          word, call->text);
  }
  return text.empty()
             ? text
             : "Return addresses around the stack pointer, of calls behind that exit too:\n" + text;
}

/// After a reset by KVM: what the guest had set up at its last exit is what can be judged.
std::string from_earlier(const Crash& crash, const GuestMemory& memory) {
  std::string text =
      "Where the guest was is not known: the registers are those after a reset, because on AMD "
      "processors KVM resets a vCPU before it reports a triple fault.\n";
  if (!crash.earlier) return text;
  const CrashedCpu cpu{memory, crash.earlier->registers, crash.earlier->special};
  const std::uint64_t ago = crash.earlier->exits_ago;
  const std::string when = ago == 1 ? "at its last exit before the crash"
                                    : fmt::format("{} exits before the crash", ago);
  // Nothing is known of the exception: only whether any could have been delivered.
  constexpr std::uint8_t kProtection = 13;
  if (const std::string problem = delivery_problem(cpu, kProtection); !problem.empty())
    text += cause_line(
        fmt::format("an exception came behind that exit, and, as it was {}, {}", when, problem));
  return text + return_addresses(cpu) + fmt::format("What vCPU {} showed {}:\n", crash.cpu, when) +
         everything_of(cpu);
}

}  // namespace

bool look_reset(const CpuRegisters& registers, const CpuSpecialRegisters& special) {
  return registers.rip == kResetRip && special.cs.base == kResetCodeBase;
}

std::string post_mortem(const Crash& crash, const GuestMemory& memory, const ExitHistory& history) {
  std::string text = fmt::format("vCPU {}: {}\n", crash.cpu, crash.headline);
  if (crash.kind == CrashKind::kTripleFault && look_reset(crash.registers, crash.special)) {
    text += from_earlier(crash, memory);
  } else {
    const CrashedCpu cpu{memory, crash.registers, crash.special};
    text += cause_line(likeliest_cause(crash.kind, cpu));
    text += everything_of(cpu);
  }
  text += fmt::format("The last exits to user space of vCPU {}, oldest first:\n", crash.cpu);
  return text + history.account();
}

}  // namespace minivmm::debug
