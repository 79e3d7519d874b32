#include "lib/rtc.h"

#include "lib/io.h"

namespace guest {
namespace {

// MC146818A, figure 10; the century is where PCs have it (FADT.CENTURY).
constexpr std::uint16_t kIndex = 0x70, kData = 0x71;
constexpr std::uint8_t kSeconds = 0, kMinutes = 2, kHours = 4, kDay = 7, kMonth = 8, kYear = 9;
constexpr std::uint8_t kStatusA = 10, kStatusB = 11, kCentury = 0x32;
constexpr std::uint8_t kUpdateInProgress = 0x80;         // Status A.
constexpr std::uint8_t kBinary = 0x04, k24Hours = 0x02;  // Status B.
constexpr std::uint8_t kAfternoon = 0x80;                // Hours, in the format of 12 hours.

std::uint8_t read_register(std::uint8_t index) {
  out8(kIndex, index);
  return in8(kData);
}

unsigned decode(std::uint8_t value, std::uint8_t format) {
  return (format & kBinary) != 0 ? value : (value >> 4) * 10u + (value & 15u);
}

unsigned decode_hours(std::uint8_t value, std::uint8_t format) {
  if ((format & k24Hours) != 0) return decode(value, format);
  const unsigned hours = decode(value & static_cast<std::uint8_t>(~kAfternoon), format) % 12;
  return (value & kAfternoon) != 0 ? hours + 12 : hours;
}

}  // namespace

DateTime read_rtc() {
  const std::uint8_t format = read_register(kStatusB);
  for (;;) {
    while ((read_register(kStatusA) & kUpdateInProgress) != 0) {
    }
    const std::uint8_t second = read_register(kSeconds);
    const unsigned century = decode(read_register(kCentury), format);
    const DateTime time = {.year = century * 100 + decode(read_register(kYear), format),
                           .month = decode(read_register(kMonth), format),
                           .day = decode(read_register(kDay), format),
                           .hour = decode_hours(read_register(kHours), format),
                           .minute = decode(read_register(kMinutes), format),
                           .second = decode(second, format)};
    if (read_register(kSeconds) == second) return time;  // No update came between.
  }
}

bool plausible(const DateTime& time) {
  return time.year >= 2000 && time.year < 2100 && time.month >= 1 && time.month <= 12 &&
         time.day >= 1 && time.day <= 31 && time.hour < 24 && time.minute < 60 && time.second < 60;
}

}  // namespace guest
