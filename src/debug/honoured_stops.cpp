#include "debug/honoured_stops.h"

namespace minivmm::debug {

// A small kernel may let its own code lie in pages that are the user's, too: then they tell
// nothing.
bool is_user_code(DebugTarget& target, unsigned cpu, const PageWalk& walk) {
  if (walk.mode == PagingMode::kNone || !walk.user) return false;
  const CpuSpecialRegisters special = target.special_registers(cpu);
  const bool in_kernel = special.cs.dpl == 0;
  return !(in_kernel &&
           walk_pages(target.memory(), special, linear_rip(target.registers(cpu), special)).user);
}

StopSupport::Ring honoured_at(DebugTarget& target, unsigned cpu, const PageWalk& walk) {
  const StopSupport support = target.stop_support();
  return is_user_code(target, cpu, walk) ? support.user : support.kernel;
}

std::optional<std::string> no_step_because(DebugTarget& target, unsigned cpu) {
  const bool in_kernel = target.special_registers(cpu).ss.dpl == 0;
  const StopSupport support = target.stop_support();
  if (in_kernel ? support.kernel.step : support.user.step) return std::nullopt;
  return std::string("KVM on this host honours no single steps in ring ") +
         (in_kernel ? "0" : "3") + " (it was tried): step goes to the next exit";
}

}  // namespace minivmm::debug
