#include "debug/stop_report.h"

#include <fmt/format.h>

#include "debug/exit_text.h"
#include "debug/page_walk.h"

namespace minivmm::debug {
namespace {

using Reason = DebugStop::Reason;

std::string exit_reason(Debugger& debugger) {
  return exit_text(debugger.stop().exit, debugger.stop().place);
}

std::string reason_text(Debugger& debugger) {
  const DebugStop& stop = debugger.stop();
  switch (stop.reason) {
    case Reason::kExit:
      return exit_reason(debugger);
    case Reason::kStep:
      return "step";
    case Reason::kBreakpoint:
      return "breakpoint";
    case Reason::kWatchpoint:
      return fmt::format("watchpoint: {} was accessed", debugger.place(stop.watched));
    case Reason::kInterrupted:
      return "interrupted";
    case Reason::kCrashed:
      return "the guest crashed";
    case Reason::kStarted:
    case Reason::kEnded:
      break;
  }
  return {};
}

/// The instruction that exited: KVM leaves RIP there, or already behind it.
std::string exited_code(const Debugger& debugger, std::uint64_t at) {
  const std::uint64_t exited = at - debugger.registers().rip + debugger.stop().exit_rip;
  if (exited != at) return debugger.code_line(exited);
  // A string instruction that isn't through with its count is still the one at RIP.
  const std::string next = debugger.code_line(at);
  if (next.find(": rep ") != std::string::npos) return next;
  constexpr std::size_t kBefore = 48;
  const auto before = debugger.read_linear(at - kBefore, kBefore);
  if (before.size() == kBefore) {
    const auto mode = code_mode(debugger.special_registers());
    if (const auto one = instruction_before(before, at, mode))
      return debugger.code_line(one->address);
  }
  return next;
}

std::string where(const Debugger& debugger) {
  const std::uint64_t at = linear_rip(debugger.registers(), debugger.special_registers());
  return debugger.stop().reason == Reason::kExit ? exited_code(debugger, at)
                                                 : debugger.code_line(at);
}

}  // namespace

std::string stop_report(Debugger& debugger, unsigned breakpoint) {
  const DebugStop& stop = debugger.stop();
  std::string text = stop.reason == Reason::kCrashed ? stop.account : std::string();
  if (stop.reason == Reason::kStarted)
    text += fmt::format("cpu{} stands before its first instruction", stop.cpu);
  else
    text += fmt::format("#{} cpu{} {}  {}", stop.number, stop.cpu, duration_text(stop.since_last),
                        reason_text(debugger));
  if (breakpoint != 0) text += fmt::format("   (breakpoint {})", breakpoint);
  if (const auto vector = debugger.target().pending_vector(debugger.cpu()))
    text += fmt::format("   (vector {:#x} goes in next)", *vector);
  return fmt::format("{}   at {}\n", text, where(debugger));
}

}  // namespace minivmm::debug
