#include "devices/rtc_calendar.h"

namespace minivmm {

namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::months;
using std::chrono::seconds;
using SysSeconds = std::chrono::sys_seconds;

constexpr unsigned kPm = 0x80;        // Bit 7 of the hours in 12-hour mode.
constexpr unsigned kAnything = 0xc0;  // "Don't care" of an alarm register.

std::uint8_t encode(unsigned number, const RtcFormat& format) {
  return static_cast<std::uint8_t>(format.binary ? number : number / 10 << 4 | number % 10);
}

unsigned decode(unsigned value, const RtcFormat& format) {
  return format.binary ? value : (value >> 4) * 10 + (value & 0xf);
}

std::uint8_t encode_hours(unsigned hour, const RtcFormat& format) {
  if (format.hours_24) return encode(hour, format);
  const unsigned shown = hour % 12 == 0 ? 12 : hour % 12;
  return static_cast<std::uint8_t>(encode(shown, format) | (hour >= 12 ? kPm : 0));
}

unsigned decode_hours(unsigned value, const RtcFormat& format) {
  if (format.hours_24) return decode(value, format);
  const unsigned shown = decode(value & ~kPm, format) % 12;
  return shown + ((value & kPm) != 0 ? 12 : 0);
}

bool matches(std::uint8_t alarm, std::uint8_t encoded) {
  return (alarm & kAnything) == kAnything || alarm == encoded;
}

}  // namespace

RtcFields to_fields(RtcTime time, const RtcFormat& format) {
  const auto day = floor<days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(floor<seconds>(time - day));
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));

  RtcFields fields;
  fields.seconds = encode(static_cast<unsigned>(clock.seconds().count()), format);
  fields.minutes = encode(static_cast<unsigned>(clock.minutes().count()), format);
  fields.hours = encode_hours(static_cast<unsigned>(clock.hours().count()), format);
  fields.weekday = encode(std::chrono::weekday(day).c_encoding() + 1, format);
  fields.day = encode(static_cast<unsigned>(date.day()), format);
  fields.month = encode(static_cast<unsigned>(date.month()), format);
  fields.year = encode(year % 100, format);
  fields.century = encode(year / 100 % 100, format);
  return fields;
}

RtcTime from_fields(const RtcFields& fields, const RtcFormat& format) {
  const auto number = [&](std::uint8_t value) { return static_cast<int>(decode(value, format)); };
  const int year = number(fields.century) * 100 + number(fields.year);
  const auto first = std::chrono::year(year) / std::chrono::January / 1;
  const auto month = std::chrono::sys_days(first + months(number(fields.month) - 1));
  return month + days(number(fields.day) - 1) + hours(decode_hours(fields.hours, format)) +
         minutes(number(fields.minutes)) + seconds(number(fields.seconds));
}

std::optional<RtcTime> next_alarm(RtcTime after, const RtcAlarm& alarm, const RtcFormat& format) {
  // Walks in the largest steps that miss nothing: at most a day of hours, then an hour of
  // minutes, then a minute of seconds.
  SysSeconds at = floor<seconds>(after) + seconds(1);
  const SysSeconds end = at + days(1);
  while (at < end) {
    const RtcFields fields = to_fields(at, format);
    if (!matches(alarm.hours, fields.hours)) {
      at = floor<hours>(at) + hours(1);
    } else if (!matches(alarm.minutes, fields.minutes)) {
      at = floor<minutes>(at) + minutes(1);
    } else if (!matches(alarm.seconds, fields.seconds)) {
      at += seconds(1);
    } else {
      return at;
    }
  }
  return std::nullopt;
}

}  // namespace minivmm
