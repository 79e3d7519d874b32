#include "devices/acpi_pm.h"

#include <catch2/catch.hpp>

#include "bus/bus.h"
#include "support/fake_irq_line.h"
#include "support/fake_power_control.h"
#include "support/fake_time.h"
#include "support/guest_access.h"

namespace minivmm {
namespace {

using namespace std::chrono_literals;
using test::load;
using test::store;

constexpr std::uint64_t kBase = 0x600;

struct Machine {
  Machine() { REQUIRE(ports.add({{kBase}, acpi::kPmBlockSize}, pm)); }

  void press_power_button() {
    const std::lock_guard guard(pm.lock());
    pm.power_button();
  }
  std::uint16_t status() { return load<std::uint16_t>(ports, kBase + acpi::kPm1Status); }
  void set_status(std::uint16_t bits) { store(ports, kBase + acpi::kPm1Status, bits); }
  void enable(std::uint16_t bits) { store(ports, kBase + acpi::kPm1Enable, bits); }
  std::uint32_t timer() { return load<std::uint32_t>(ports, kBase + acpi::kPmTimer); }

  test::FakeIrqLine sci{};
  test::FakePowerControl power{};
  test::FakeTime time{};
  AcpiPm pm{sci, power, time, time};
  Bus ports{};
};

TEST_CASE("the machine is in ACPI mode from the start") {
  Machine machine;

  CHECK(load<std::uint16_t>(machine.ports, kBase + acpi::kPm1Control) == acpi::kSciEnable);
}

TEST_CASE("the power button raises an SCI when enabled, until its status is cleared") {
  Machine machine;
  machine.press_power_button();
  CHECK(machine.status() == acpi::kPowerButtonBit);
  CHECK_FALSE(machine.sci.asserted());
  CHECK_FALSE(machine.pm.power_button_heard());

  machine.enable(acpi::kPowerButtonBit);
  CHECK(machine.sci.asserted());
  CHECK(machine.pm.power_button_heard());

  machine.set_status(acpi::kSleepButtonBit);
  CHECK(machine.sci.asserted());
  machine.set_status(acpi::kPowerButtonBit);
  CHECK_FALSE(machine.sci.asserted());
}

TEST_CASE("S5 switches the machine off") {
  Machine machine;
  const std::uint16_t s5 = acpi::kSleepTypeS5 << acpi::kSleepTypeShift;

  store(machine.ports, kBase + acpi::kPm1Control, s5);
  CHECK(machine.power.power_offs == 0);
  store<std::uint16_t>(machine.ports, kBase + acpi::kPm1Control, s5 | acpi::kSleepEnable);
  CHECK(machine.power.power_offs == 1);
}

TEST_CASE("other sleep types are ignored and SLP_EN reads as zero") {
  Machine machine;
  const std::uint16_t s3 = 1 << acpi::kSleepTypeShift;

  store<std::uint16_t>(machine.ports, kBase + acpi::kPm1Control, s3 | acpi::kSleepEnable);

  CHECK(machine.power.power_offs == 0);
  CHECK(load<std::uint16_t>(machine.ports, kBase + acpi::kPm1Control) == (s3 | 1));
}

TEST_CASE("the PM timer counts 3.579545 MHz in 24 bits") {
  Machine machine;
  CHECK(machine.timer() == 0);

  machine.time.advance(1s);
  CHECK(machine.timer() == acpi::kPmTimerHz);
  machine.time.advance(9s);
  CHECK(machine.timer() == (10ull * acpi::kPmTimerHz & 0xff'ffff));
}

TEST_CASE("the PM timer's carry is told in the status, and by SCI only when enabled") {
  Machine machine;
  machine.time.advance(2s);
  CHECK(machine.status() == 0);
  machine.time.advance(1s);  // The top bit toggles every 2.34 s.
  CHECK(machine.status() == acpi::kTimerBit);
  CHECK(machine.time.armed_timers() == 0);

  machine.set_status(acpi::kTimerBit);
  CHECK(machine.status() == 0);
  machine.enable(acpi::kTimerBit);
  CHECK(machine.time.armed_timers() == 1);
  machine.time.advance(1s);
  CHECK_FALSE(machine.sci.asserted());
  machine.time.advance(1s);

  CHECK(machine.sci.asserted());
  CHECK(machine.time.armed_timers() == 0);
}

TEST_CASE("general purpose enables can be written, their status cannot be set") {
  Machine machine;
  store<std::uint64_t>(machine.ports, kBase + acpi::kGpe0, ~0ull);
  store<std::uint64_t>(machine.ports, kBase + acpi::kGpe0 + 8, 0x1122334455667788);

  CHECK(load<std::uint64_t>(machine.ports, kBase + acpi::kGpe0) == 0);
  CHECK(load<std::uint64_t>(machine.ports, kBase + acpi::kGpe0 + 8) == 0x1122334455667788);
  CHECK_FALSE(machine.sci.asserted());
}

TEST_CASE("a reset disables all events and releases the SCI") {
  Machine machine;
  machine.enable(acpi::kPowerButtonBit);
  machine.press_power_button();

  machine.pm.reset();

  CHECK_FALSE(machine.sci.asserted());
  CHECK(machine.status() == 0);
}

}  // namespace
}  // namespace minivmm
