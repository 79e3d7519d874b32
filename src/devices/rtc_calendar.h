#pragma once
// The arithmetic of the MC146818's time: between moments and registers. Pure functions.

#include <chrono>
#include <cstdint>
#include <optional>

namespace minivmm {

/// A guest's time. Microseconds, so that every date which the registers can state fits.
using RtcTime = std::chrono::sys_time<std::chrono::microseconds>;

/// How register B says that numbers are written ("Data Mode", "24/12").
struct RtcFormat {
  bool binary = false;
  bool hours_24 = true;
};

/// The time registers as a guest sees them, encoded.
struct RtcFields {
  std::uint8_t seconds = 0;
  std::uint8_t minutes = 0;
  std::uint8_t hours = 0;
  std::uint8_t weekday = 0;  ///< 1 is Sunday.
  std::uint8_t day = 0;
  std::uint8_t month = 0;
  std::uint8_t year = 0;
  std::uint8_t century = 0;
};

[[nodiscard]] RtcFields to_fields(RtcTime time, const RtcFormat& format);

/// The second that the fields state. The weekday is not looked at. Numbers out of range carry over
/// (the 31st of February is in March), so that any registers state some time.
[[nodiscard]] RtcTime from_fields(const RtcFields& fields, const RtcFormat& format);

/// The alarm registers, encoded; a value with its two top bits set matches anything.
struct RtcAlarm {
  std::uint8_t seconds = 0;
  std::uint8_t minutes = 0;
  std::uint8_t hours = 0;
};

/// The first full second after a moment that matches the alarm; none when no time of day does.
[[nodiscard]] std::optional<RtcTime> next_alarm(RtcTime after, const RtcAlarm& alarm,
                                                const RtcFormat& format);

}  // namespace minivmm
