#pragma once
// The MC146818 real-time clock.

#include <cstdint>

namespace guest {

struct DateTime {
  unsigned year, month, day, hour, minute, second;
};

/// Date and time, read between two updates; binary and of 24 hours, whatever the clock's format.
DateTime read_rtc();
/// Whether every field is in its range, and the year in this century.
bool plausible(const DateTime& time);

}  // namespace guest
