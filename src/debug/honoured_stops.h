#pragma once
// Which stops are honoured where the guest is: not every virtualization does (decision 0025).

#include <cstdint>
#include <optional>
#include <string>

#include "debug/page_walk.h"
#include "minivmm/debug_target.h"

namespace minivmm::debug {

/// Whether a vCPU's page tables give this code to ring 3; the walk is theirs.
[[nodiscard]] bool is_user_code(DebugTarget& target, unsigned cpu, const PageWalk& walk);
/// What is honoured in the ring that this code is of.
[[nodiscard]] StopSupport::Ring honoured_at(DebugTarget& target, unsigned cpu,
                                            const PageWalk& walk);
/// Why this vCPU can't step its next instruction, in a line; nullopt: it can.
[[nodiscard]] std::optional<std::string> no_step_because(DebugTarget& target, unsigned cpu);

}  // namespace minivmm::debug
