#include "devices/rtc_calendar.h"

#include <catch2/catch.hpp>

namespace minivmm {
namespace {

using namespace std::chrono_literals;

constexpr RtcFormat kBcd24{false, true};
constexpr RtcFormat kBcd12{false, false};
constexpr RtcFormat kBinary24{true, true};

constexpr RtcTime at(int year, unsigned month, unsigned day, std::chrono::seconds clock = 0s) {
  return std::chrono::sys_days(std::chrono::year(year) / static_cast<int>(month) /
                               static_cast<int>(day)) +
         clock;
}

TEST_CASE("a moment is shown in BCD and 24 hours") {
  const RtcFields fields = to_fields(at(2024, 2, 29, 23h + 59min + 58s), kBcd24);

  CHECK(fields.century == 0x20);
  CHECK(fields.year == 0x24);
  CHECK(fields.month == 0x02);
  CHECK(fields.day == 0x29);
  CHECK(fields.weekday == 5);  // A Thursday.
  CHECK(fields.hours == 0x23);
  CHECK(fields.minutes == 0x59);
  CHECK(fields.seconds == 0x58);
}

TEST_CASE("12-hour clocks begin with 12 and mark the afternoon") {
  CHECK(to_fields(at(2024, 1, 1, 0h), kBcd12).hours == 0x12);
  CHECK(to_fields(at(2024, 1, 1, 11h), kBcd12).hours == 0x11);
  CHECK(to_fields(at(2024, 1, 1, 12h), kBcd12).hours == 0x92);
  CHECK(to_fields(at(2024, 1, 1, 23h), kBcd12).hours == 0x91);
}

TEST_CASE("fields state the moment that they were made from") {
  const RtcTime moment = at(2038, 1, 19, 15h + 14min + 8s);

  CHECK(from_fields(to_fields(moment, kBcd24), kBcd24) == moment);
  CHECK(from_fields(to_fields(moment, kBcd12), kBcd12) == moment);
  CHECK(from_fields(to_fields(moment, kBinary24), kBinary24) == moment);
}

TEST_CASE("fields out of range carry over") {
  RtcFields fields = to_fields(at(2023, 2, 1), kBcd24);
  fields.day = 0x31;
  CHECK(from_fields(fields, kBcd24) == at(2023, 3, 3));

  const RtcFields all_ones = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  CHECK(from_fields(all_ones, kBinary24) > at(25000, 1, 1));
}

TEST_CASE("an alarm is found within a day") {
  const RtcTime now = at(2024, 5, 5, 10h + 30min) + 5us;

  CHECK(next_alarm(now, {0x15, 0x30, 0x10}, kBcd24) == at(2024, 5, 5, 10h + 30min + 15s));
  CHECK(next_alarm(now, {0x00, 0x30, 0x10}, kBcd24) == at(2024, 5, 6, 10h + 30min));
  CHECK(next_alarm(now, {0xff, 0xff, 0xff}, kBcd24) == at(2024, 5, 5, 10h + 30min + 1s));
  CHECK(next_alarm(now, {0x00, 0xc0, 0xff}, kBcd24) == at(2024, 5, 5, 10h + 31min));
}

TEST_CASE("an alarm that no time of day matches is not found") {
  CHECK(next_alarm(at(2024, 5, 5), {0x60, 0x00, 0x00}, kBcd24) == std::nullopt);
  CHECK(next_alarm(at(2024, 5, 5), {0x00, 0x00, 0x7a}, kBcd24) == std::nullopt);
}

}  // namespace
}  // namespace minivmm
