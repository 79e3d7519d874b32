#include "devices/cmos_rtc.h"

#include <catch2/catch.hpp>

#include "support/fake_irq_line.h"
#include "support/fake_time.h"
#include "support/guest_access.h"

namespace minivmm {
namespace {

using namespace std::chrono_literals;
using test::in;
using test::out;

constexpr std::uint64_t kGiB = 1ull << 30;

struct Clock146818 {
  Clock146818() : Clock146818({2 * kGiB, 3 * kGiB}) {}
  explicit Clock146818(const CmosMemory& memory) : rtc(memory, irq, start(time), time) {}

  static test::FakeTime& start(test::FakeTime& time) {
    const auto day = std::chrono::year(2024) / std::chrono::May / 5;
    time.set_wall(std::chrono::sys_days(day) + 13h + 14min + 15s);
    return time;
  }

  std::uint8_t cell(std::uint8_t index) {
    out(rtc, 0, index);
    return in(rtc, 1);
  }
  void set_cell(std::uint8_t index, std::uint8_t value) {
    out(rtc, 0, index);
    out(rtc, 1, value);
  }

  test::FakeIrqLine irq{};
  test::FakeTime time{};
  CmosRtc rtc;
};

TEST_CASE("the clock shows the host's time and goes on") {
  Clock146818 clock;
  CHECK(clock.cell(0x32) == 0x20);
  CHECK(clock.cell(9) == 0x24);
  CHECK(clock.cell(8) == 0x05);
  CHECK(clock.cell(7) == 0x05);
  CHECK(clock.cell(6) == 1);  // A Sunday.
  CHECK(clock.cell(4) == 0x13);
  CHECK(clock.cell(2) == 0x14);
  CHECK(clock.cell(0) == 0x15);

  clock.time.advance(45s);
  CHECK(clock.cell(2) == 0x15);
  CHECK(clock.cell(0) == 0x00);
}

TEST_CASE("the control registers have their values at power-on") {
  Clock146818 clock;

  CHECK(clock.cell(0x0a) == 0x26);
  CHECK(clock.cell(0x0b) == 0x02);
  CHECK(clock.cell(0x0c) == 0x00);
  CHECK(clock.cell(0x0d) == 0x80);
  CHECK(in(clock.rtc, 0) == 0xff);
}

TEST_CASE("UIP warns 244 microseconds before the second changes") {
  Clock146818 clock;
  clock.time.advance(999'755us);
  CHECK(clock.cell(0x0a) == 0x26);
  clock.time.advance(1us);
  CHECK(clock.cell(0x0a) == 0xa6);
  clock.time.advance(244us);
  CHECK(clock.cell(0x0a) == 0x26);
  CHECK(clock.cell(0) == 0x16);
}

TEST_CASE("the format follows register B") {
  Clock146818 clock;
  clock.set_cell(0x0b, 0x04);  // Binary, 12 hours.

  CHECK(clock.cell(4) == 0x81);
  CHECK(clock.cell(0) == 15);
  CHECK(clock.cell(9) == 24);
}

TEST_CASE("a guest sets the time with SET, and it goes on from there") {
  Clock146818 clock;
  clock.set_cell(0x0b, 0x82);
  clock.set_cell(0x32, 0x19);
  clock.set_cell(9, 0x99);
  clock.set_cell(8, 0x12);
  clock.set_cell(7, 0x31);
  clock.set_cell(4, 0x23);
  clock.set_cell(2, 0x59);
  clock.set_cell(0, 0x59);
  clock.time.advance(10s);
  CHECK(clock.cell(0) == 0x59);

  clock.set_cell(0x0b, 0x02);
  CHECK(clock.cell(0) == 0x59);
  clock.time.advance(1s);

  CHECK(clock.cell(0) == 0x00);
  CHECK(clock.cell(4) == 0x00);
  CHECK(clock.cell(9) == 0x00);
  CHECK(clock.cell(0x32) == 0x20);
  CHECK(clock.cell(6) == 7);  // The 1st of January 2000 was a Saturday.
}

TEST_CASE("after a divider reset the next second comes after half a second") {
  Clock146818 clock;
  clock.time.advance(100ms);
  clock.set_cell(0x0a, 0x76);
  clock.time.advance(3s);
  clock.set_cell(0x0a, 0x26);

  clock.time.advance(499ms);
  CHECK(clock.cell(0) == 0x15);
  clock.time.advance(1ms);
  CHECK(clock.cell(0) == 0x16);
}

TEST_CASE("a single register can be set while the clock runs") {
  Clock146818 clock;
  clock.set_cell(2, 0x20);

  CHECK(clock.cell(2) == 0x20);
  CHECK(clock.cell(0) == 0x15);
}

TEST_CASE("the update interrupt comes every second, once register C is read") {
  Clock146818 clock;
  clock.set_cell(0x0b, 0x12);
  clock.time.advance(1s);
  CHECK(clock.irq.asserted());
  clock.time.advance(5s);
  CHECK(clock.irq.rises() == 1);

  CHECK((clock.cell(0x0c) & 0x90) == 0x90);
  CHECK_FALSE(clock.irq.asserted());
  clock.time.advance(1s);
  CHECK(clock.irq.rises() == 2);
}

TEST_CASE("flags are there for a guest that polls, without any timer") {
  Clock146818 clock;
  CHECK(clock.cell(0x0c) == 0x00);
  clock.time.advance(1s);

  CHECK(clock.cell(0x0c) == 0x50);  // UF, and PF at 1024 Hz; no IRQF.
  CHECK(clock.cell(0x0c) == 0x00);
  CHECK(clock.time.armed_timers() == 0);
}

TEST_CASE("the periodic interrupt keeps its rate") {
  Clock146818 clock;
  clock.set_cell(0x0a, 0x2f);  // 2 Hz.
  clock.set_cell(0x0b, 0x42);
  int interrupts = 0;
  for (int i = 0; i < 100; ++i) {
    clock.time.advance(100ms);
    interrupts += clock.irq.asserted() ? 1 : 0;
    clock.cell(0x0c);
  }

  CHECK(interrupts == 20);
}

TEST_CASE("rates 1 and 2 are 256 and 128 Hz") {
  Clock146818 clock;
  clock.set_cell(0x0a, 0x21);
  clock.set_cell(0x0b, 0x42);

  clock.time.advance(3906us);
  CHECK_FALSE(clock.irq.asserted());
  clock.time.advance(1us);
  CHECK(clock.irq.asserted());
}

TEST_CASE("the alarm interrupts at its time of day, with any hour when asked so") {
  Clock146818 clock;
  clock.set_cell(1, 0x00);
  clock.set_cell(3, 0x16);
  clock.set_cell(5, 0xc0);
  clock.set_cell(0x0b, 0x22);

  clock.time.advance(104s);
  CHECK_FALSE(clock.irq.asserted());
  clock.time.advance(1s);
  CHECK(clock.irq.asserted());
  CHECK((clock.cell(0x0c) & 0xa0) == 0xa0);

  clock.time.advance(1h - 1s);
  CHECK_FALSE(clock.irq.asserted());
  clock.time.advance(1s);
  CHECK(clock.irq.asserted());
}

TEST_CASE("an alarm is found again when the host's clock is set back") {
  Clock146818 clock;
  clock.set_cell(1, 0x20);
  clock.set_cell(3, 0xff);
  clock.set_cell(5, 0xff);
  clock.time.advance(10s);
  clock.cell(0x0c);

  clock.time.set_wall(clock.time.wall() - 10s);
  clock.cell(0x0c);
  clock.time.advance(5s);

  CHECK((clock.cell(0x0c) & 0x20) == 0x20);
}

TEST_CASE("the memory cells state the machine's RAM") {
  Clock146818 clock;
  CHECK(clock.cell(0x15) == 0x80);  // 640 KiB.
  CHECK(clock.cell(0x16) == 0x02);
  CHECK(clock.cell(0x17) == 0xff);  // More than 64 MiB.
  CHECK(clock.cell(0x18) == 0xff);
  CHECK(clock.cell(0x30) == 0xff);
  CHECK(clock.cell(0x34) == 0x00);  // 2 GiB - 16 MiB in units of 64 KiB: 0x7f00.
  CHECK(clock.cell(0x35) == 0x7f);
  CHECK(clock.cell(0x5b) == 0x00);  // 3 GiB in units of 64 KiB: 0xc000.
  CHECK(clock.cell(0x5c) == 0xc0);
  CHECK(clock.cell(0x5d) == 0x00);
}

TEST_CASE("a small machine has no memory above 16 MiB") {
  Clock146818 clock({8ull << 20, 0});

  CHECK(clock.cell(0x34) == 0);
  CHECK(clock.cell(0x35) == 0);
  CHECK(clock.cell(0x30) == 0x00);  // 7 MiB: 0x1c00 KiB.
  CHECK(clock.cell(0x31) == 0x1c);
}

TEST_CASE("a reset keeps time and memory, and ends interrupts") {
  Clock146818 clock;
  clock.set_cell(0x40, 0xab);
  clock.set_cell(2, 0x44);
  clock.set_cell(0x0b, 0x12);
  clock.time.advance(1s);

  clock.rtc.reset();

  CHECK_FALSE(clock.irq.asserted());
  CHECK(clock.cell(0x40) == 0xab);
  CHECK(clock.cell(2) == 0x44);
  CHECK(clock.cell(0x0b) == 0x02);
  CHECK(clock.time.armed_timers() == 0);
}

}  // namespace
}  // namespace minivmm
