#include "devices/i8042.h"

#include <catch2/catch.hpp>

#include "support/fake_irq_line.h"
#include "support/fake_power_control.h"
#include "support/guest_access.h"

namespace minivmm {
namespace {

using test::in;
using test::out;

constexpr std::uint64_t kData = I8042::kDataPort;
constexpr std::uint64_t kCommand = I8042::kCommandPort;

struct Controller {
  test::FakeIrqLine keyboard{};
  test::FakeIrqLine mouse{};
  test::FakePowerControl power{};
  I8042 chip{keyboard, mouse, power};

  std::uint8_t ask(std::uint8_t command) {
    out(chip, kCommand, command);
    return in(chip, kData);
  }
};

TEST_CASE("the controller passes its tests") {
  Controller controller;

  CHECK(controller.ask(0xaa) == 0x55);
  CHECK(controller.ask(0xab) == 0x00);
  CHECK(controller.ask(0xa9) == 0x00);
  CHECK((in(controller.chip, kCommand) & 0x01) == 0);
}

TEST_CASE("the command byte is what was written, and port commands change it") {
  Controller controller;
  out(controller.chip, kCommand, 0x60);
  out(controller.chip, kData, 0x47);
  CHECK(controller.ask(0x20) == 0x47);

  out(controller.chip, kCommand, 0xad);
  out(controller.chip, kCommand, 0xa7);
  CHECK(controller.ask(0x20) == 0x77);

  out(controller.chip, kCommand, 0xae);
  out(controller.chip, kCommand, 0xa8);
  CHECK(controller.ask(0x20) == 0x47);
}

TEST_CASE("an answer is shown in the status and interrupts where the command byte allows it") {
  Controller controller;
  out(controller.chip, kCommand, 0xaa);

  CHECK((in(controller.chip, kCommand) & 0x29) == 0x09);
  CHECK(controller.keyboard.asserted());
  CHECK(in(controller.chip, kData) == 0x55);
  CHECK_FALSE(controller.keyboard.asserted());
}

TEST_CASE("the mouse port's loop answers as the mouse") {
  Controller controller;
  out(controller.chip, kCommand, 0x60);
  out(controller.chip, kData, 0x02);
  out(controller.chip, kCommand, 0xd3);
  out(controller.chip, kData, 0x5a);

  CHECK((in(controller.chip, kCommand) & 0x21) == 0x21);
  CHECK(controller.mouse.asserted());
  CHECK_FALSE(controller.keyboard.asserted());
  CHECK(in(controller.chip, kData) == 0x5a);
  CHECK_FALSE(controller.mouse.asserted());
}

TEST_CASE("where no keyboard and no mouse are, the time-out is told at once") {
  Controller controller;

  out(controller.chip, kData, 0xf2);
  CHECK((in(controller.chip, kCommand) & 0x61) == 0x41);
  CHECK(in(controller.chip, kData) == 0xfe);
  CHECK((in(controller.chip, kCommand) & 0x41) == 0);

  out(controller.chip, kCommand, 0xd4);
  out(controller.chip, kData, 0xf2);
  CHECK((in(controller.chip, kCommand) & 0x61) == 0x61);
  CHECK(in(controller.chip, kData) == 0xfe);
}

TEST_CASE("pulsing the reset line resets the machine, pulsing others doesn't") {
  Controller controller;
  out(controller.chip, kCommand, 0xff);
  out(controller.chip, kCommand, 0xfd);
  CHECK(controller.power.resets == 0);

  out(controller.chip, kCommand, 0xfe);
  CHECK(controller.power.resets == 1);
}

TEST_CASE("the output port holds A20 and resets when its lowest bit goes low") {
  Controller controller;
  out(controller.chip, kCommand, 0xd1);
  out(controller.chip, kData, 0xdd);
  CHECK((controller.ask(0xd0) & 0x03) == 0x01);
  CHECK(controller.power.resets == 0);

  out(controller.chip, kCommand, 0xd1);
  out(controller.chip, kData, 0xfe);
  CHECK(controller.power.resets == 1);
}

TEST_CASE("a reset forgets a command that waits for its data") {
  Controller controller;
  out(controller.chip, kCommand, 0x60);
  controller.chip.reset();
  out(controller.chip, kData, 0x00);

  CHECK(controller.ask(0x20) == 0x65);
}

}  // namespace
}  // namespace minivmm
