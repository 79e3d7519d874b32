#pragma once
// Counting interrupts.

#include "lib/clock.h"
#include "lib/cpu.h"

inline volatile unsigned ticks = 0;

/// Sleeps until `ticks` has reached `count`. True if that took at least so many microseconds; if
/// the interrupts never come, neither does the answer, and the VMM's time limit ends the guest.
inline bool sleep_until_ticks(unsigned count, std::uint32_t microseconds) {
  const std::uint32_t start = guest::pm_timer();
  while (ticks < count) guest::wait_for_interrupt();
  const std::uint64_t elapsed = guest::pm_ticks(start, guest::pm_timer());
  return elapsed * 1'000'000 / guest::kPmTimerHz >= microseconds;
}
