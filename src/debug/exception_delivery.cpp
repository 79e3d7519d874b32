#include <fmt/core.h>

#include <array>
#include <optional>

#include "debug/control_bits.h"
#include "debug/crash_cause.h"
#include "debug/descriptors.h"
#include "debug/page_walk.h"

namespace minivmm::debug {
namespace {

constexpr std::uint64_t kFrame = 6 * 8;  // SS, RSP, RFLAGS, CS, RIP, error code.
constexpr std::uint64_t kIstAlignment = 16;

std::string gate_problem(const CrashedCpu& cpu, std::uint8_t vector, const GateLookup& lookup) {
  const DescriptorTable& idt = cpu.special.idt;
  if (lookup.outcome == GateLookup::Outcome::kUnreadable)
    return fmt::format("the IDT at {:#x} can't be read: {}", idt.base,
                       outcome_text(walk_pages(cpu.memory, cpu.special, idt.base)));
  if (lookup.outcome == GateLookup::Outcome::kBeyondLimit) {
    if (idt.limit == 0) return fmt::format("no IDT is loaded: no handler for vector {}", vector);
    return fmt::format("no handler for vector {} in the IDT: its limit is {:#x}", vector,
                       idt.limit);
  }
  const Gate& gate = lookup.gate;
  if (!gate.present)
    return fmt::format("no handler for vector {} in the IDT: its gate is {}", vector,
                       describe(gate));
  if (gate.kind == Gate::Kind::kOther)
    return fmt::format("the IDT's entry for vector {} is {}", vector, describe(gate));
  return {};
}

std::string code_problem(const CrashedCpu& cpu, std::uint8_t vector, const Gate& gate) {
  const DescriptorLookup lookup = find_descriptor(cpu.memory, cpu.special, gate.selector);
  const CpuSegment& code = lookup.descriptor.segment;
  const bool found = lookup.outcome == DescriptorLookup::Outcome::kFound;
  const bool fits = found && code.present && code.code_or_data && (code.type & 8) != 0;
  if (!fits)
    return fmt::format("the gate of vector {} names code segment {:#x}, which is {}", vector,
                       gate.selector, describe(lookup));
  if (in_long_mode(cpu.special) && !code.long_mode)
    return fmt::format("the gate of vector {} names code segment {:#x}, which is not 64-bit code",
                       vector, gate.selector);
  const std::uint64_t handler = gate.offset + (in_long_mode(cpu.special) ? 0 : code.base);
  const PageWalk walk = walk_pages(cpu.memory, cpu.special, handler);
  if (!walk.mapped())
    return fmt::format("the handler of vector {}, {:#x}, is {}", vector, handler,
                       outcome_text(walk));
  if (!walk.executable)
    return fmt::format("the handler of vector {}, {:#x}, lies in a no-execute page", vector,
                       handler);
  return {};
}

struct Stack {
  std::uint64_t top = 0;
  std::string name{};
};

/// The stack on which the processor pushes the frame (Intel SDM 3A, 6.12.1 and 6.14.2).
std::optional<Stack> frame_stack(const CrashedCpu& cpu, const Gate& gate) {
  const bool from_user = cpu.special.ss.dpl == 3;
  if (gate.ist == 0 && !from_user)
    return Stack{.top = linear_rsp(cpu.registers, cpu.special), .name = "RSP"};
  const std::optional<TaskState> state = read_task_state(cpu.memory, cpu.special);
  if (!state) return std::nullopt;
  if (gate.ist != 0)
    return Stack{.top = state->ist.at(gate.ist - 1u), .name = fmt::format("IST{}", gate.ist)};
  return Stack{.top = state->rsp[0], .name = state->wide ? "RSP0" : "ESP0"};
}

std::string stack_problem(const CrashedCpu& cpu, std::uint8_t vector, const Gate& gate) {
  const std::optional<Stack> stack = frame_stack(cpu, gate);
  if (!stack) return fmt::format("vector {} needs a stack from the TSS, and there is none", vector);
  std::uint64_t top = stack->top;
  if (in_long_mode(cpu.special)) top &= ~(kIstAlignment - 1);
  for (const std::uint64_t at : {top - 8, top - kFrame}) {
    const PageWalk walk = walk_pages(cpu.memory, cpu.special, at);
    if (!walk.mapped())
      return fmt::format("its frame can't be pushed: the stack {:#x} ({}) is {}", at, stack->name,
                         outcome_text(walk));
    if (!walk.writable && (cpu.special.cr0 & kCr0Wp) != 0)
      return fmt::format("its frame can't be pushed: the stack {:#x} ({}) is read-only", at,
                         stack->name);
  }
  return {};
}

}  // namespace

std::string exception_name(std::uint8_t vector) {
  // Intel SDM 3A, table 6-1.
  static constexpr std::array<const char*, 20> kNames{
      "#DE", "#DB", nullptr, "#BP", "#OF", "#BR",   "#UD", "#NM", "#DF", nullptr,
      "#TS", "#NP", "#SS",   "#GP", "#PF", nullptr, "#MF", "#AC", "#MC", "#XM"};
  if (vector < kNames.size() && kNames.at(vector) != nullptr) return kNames.at(vector);
  return fmt::format("vector {:#x}", vector);
}

std::string delivery_problem(const CrashedCpu& cpu, std::uint8_t vector) {
  const GateLookup lookup = find_gate(cpu.memory, cpu.special, vector);
  std::string problem = gate_problem(cpu, vector, lookup);
  const Gate& gate = lookup.gate;
  const bool far = gate.kind == Gate::Kind::kRealMode || gate.kind == Gate::Kind::kTask;
  if (!problem.empty() || far) return problem;
  problem = code_problem(cpu, vector, gate);
  if (problem.empty()) problem = stack_problem(cpu, vector, gate);
  return problem;
}

}  // namespace minivmm::debug
