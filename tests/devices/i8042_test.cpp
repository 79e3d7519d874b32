#include "devices/i8042.h"

#include <linux/input-event-codes.h>

#include <catch2/catch.hpp>

#include "support/ps2_machine.h"

namespace minivmm {
namespace {

using test::ByteList;
using test::in;
using test::out;
using Controller = test::Ps2Machine;

constexpr std::uint64_t kData = I8042::kDataPort;
constexpr std::uint64_t kCommand = I8042::kCommandPort;

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
  CHECK(controller.irq1.asserted());
  CHECK(in(controller.chip, kData) == 0x55);
  CHECK_FALSE(controller.irq1.asserted());
}

TEST_CASE("the mouse port's loop answers as the mouse") {
  Controller controller;
  out(controller.chip, kCommand, 0x60);
  out(controller.chip, kData, 0x02);
  out(controller.chip, kCommand, 0xd3);
  out(controller.chip, kData, 0x5a);

  CHECK((in(controller.chip, kCommand) & 0x21) == 0x21);
  CHECK(controller.irq12.asserted());
  CHECK_FALSE(controller.irq1.asserted());
  CHECK(in(controller.chip, kData) == 0x5a);
  CHECK_FALSE(controller.irq12.asserted());
}

TEST_CASE("a typed key is translated to set 1 and interrupts, byte by byte") {
  Controller controller;
  controller.type(KEY_UP);

  CHECK((controller.status() & 0x21) == 0x01);
  CHECK(controller.irq1.asserted());
  CHECK(controller.read_all() == ByteList{0xe0, 0x48, 0xe0, 0xc8});
  CHECK_FALSE(controller.irq1.asserted());
  CHECK(controller.irq1.rises() == 4);
  controller.type(KEY_PAUSE);
  CHECK(controller.read_all() == ByteList{0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5});
}

TEST_CASE("a keyboard that is asked who it is answers through the translation") {
  Controller controller;

  CHECK(controller.tell_keyboard({0xf2}) == ByteList{0xfa, 0xab, 0x41});
}

TEST_CASE("a disabled port's bytes wait in the device") {
  Controller controller;
  controller.command(0xad);
  controller.down(KEY_A);
  CHECK((controller.status() & 0x01) == 0);

  controller.command(0xae);
  CHECK(controller.read_all() == ByteList{0x1e});

  controller.set_command_byte(0x27);
  controller.tell_mouse({0xf4});
  controller.command(0xa7);
  controller.move(1, 0);
  CHECK((controller.status() & 0x01) == 0);
  controller.command(0xa8);
  CHECK((controller.status() & 0x21) == 0x21);
  CHECK(controller.irq12.asserted());
  CHECK_FALSE(controller.irq1.asserted());
}

TEST_CASE("a byte for a device enables its port") {
  Controller controller;
  controller.set_command_byte(0x77);

  CHECK(controller.tell_mouse({0xf2}) == ByteList{0xfa, 0x00});
  CHECK(controller.tell_keyboard({0xee}) == ByteList{0xee});
  CHECK(controller.ask(0x20) == 0x47);
}

TEST_CASE("the keyboard goes first, and a byte that is there stays until it is read") {
  Controller controller;
  controller.enable_all();
  controller.tell_mouse({0xf4});
  controller.move(1, 0);
  controller.down(KEY_A);

  CHECK((controller.status() & 0x21) == 0x21);
  CHECK(controller.read() == 0x08);
  CHECK((controller.status() & 0x21) == 0x01);
  CHECK(controller.read_all() == ByteList{0x1c, 1, 0});
}

TEST_CASE(
    "the controller's answer goes before a key that nobody has read, and the key comes after") {
  Controller controller;
  controller.type(KEY_A);

  CHECK(controller.ask(0x20) == 0x65);
  CHECK(controller.irq1.asserted());
  CHECK(controller.read_all() == ByteList{0x1e, 0x9e});
}

TEST_CASE("a release is one byte whenever the translation is switched") {
  Controller controller;
  controller.type(KEY_A);
  controller.read();

  controller.set_command_byte(0x05);
  CHECK(controller.read_all() == ByteList{0x9e});
  controller.down(KEY_B);
  CHECK(controller.read_all() == ByteList{0x32});
}

TEST_CASE("a driver that empties the controller gets to an end, however much was typed") {
  Controller controller;
  for (int i = 0; i < 50; ++i) controller.type(KEY_UP);
  for (int i = 0; i < 50; ++i) controller.type(KEY_A);

  CHECK(controller.read_all().size() <= 16);
}

TEST_CASE("a reset of the machine forgets what was typed") {
  Controller controller;
  controller.type(KEY_A);
  controller.tell_mouse({0xf4});
  controller.chip.reset();

  CHECK((controller.status() & 0x01) == 0);
  CHECK_FALSE(controller.irq1.asserted());
  controller.move(1, 0);
  controller.command(0xa8);
  CHECK((controller.status() & 0x01) == 0);
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
