#include "devices/ps2/keyboard.h"

#include <linux/input-event-codes.h>

#include <catch2/catch.hpp>

#include "support/ps2_machine.h"

namespace minivmm {
namespace {

using namespace std::chrono_literals;
using test::ByteList;
using test::Ps2Machine;

// A guest that sees the keyboard's own codes, as behind a controller that doesn't translate.
struct Raw : Ps2Machine {
  Raw() { enable_all(); }
};

TEST_CASE("a key is its code of set 2, and its release the same after 0xf0") {
  Raw machine;

  machine.down(KEY_A);
  CHECK(machine.read_all() == ByteList{0x1c});
  machine.up(KEY_A);
  CHECK(machine.read_all() == ByteList{0xf0, 0x1c});
  machine.type(KEY_UP);
  CHECK(machine.read_all() == ByteList{0xe0, 0x75, 0xe0, 0xf0, 0x75});
}

TEST_CASE("Print Screen and Pause are what they always were") {
  Raw machine;

  machine.type(KEY_SYSRQ);
  CHECK(machine.read_all() == ByteList{0xe0, 0x12, 0xe0, 0x7c, 0xe0, 0xf0, 0x7c, 0xe0, 0xf0, 0x12});
  machine.type(KEY_PAUSE);
  CHECK(machine.read_all() == ByteList{0xe1, 0x14, 0x77, 0xe1, 0xf0, 0x14, 0xf0, 0x77});

  machine.down(KEY_LEFTALT);
  machine.type(KEY_SYSRQ);
  CHECK(machine.read_all() == ByteList{0x11, 0x84, 0xf0, 0x84});
  machine.up(KEY_LEFTALT);
  machine.down(KEY_RIGHTCTRL);
  machine.read_all();
  machine.type(KEY_SYSRQ);
  CHECK(machine.read_all() == ByteList{0xe0, 0x7c, 0xe0, 0xf0, 0x7c});
  machine.type(KEY_PAUSE);
  CHECK(machine.read_all() == ByteList{0xe0, 0x7e, 0xe0, 0xf0, 0x7e});
}

TEST_CASE("a driver's start: identity, LEDs, rate, enable, each acknowledged") {
  Raw machine;

  // As Linux's atkbd_probe and atkbd_activate do.
  CHECK(machine.tell_keyboard({0xf2}) == ByteList{0xfa, 0xab, 0x83});
  CHECK(machine.tell_keyboard({0xf5}) == ByteList{0xfa});
  CHECK(machine.tell_keyboard({0xed, 0x00}) == ByteList{0xfa, 0xfa});
  CHECK(machine.tell_keyboard({0xf3, 0x00}) == ByteList{0xfa, 0xfa});
  machine.type(KEY_A);
  CHECK(machine.read_all().empty());
  CHECK(machine.tell_keyboard({0xf4}) == ByteList{0xfa});
  machine.down(KEY_B);
  CHECK(machine.read_all() == ByteList{0x32});
}

TEST_CASE("reset is acknowledged and tested, and echo echoed") {
  Raw machine;

  CHECK(machine.tell_keyboard({0xff}) == ByteList{0xfa, 0xaa});
  CHECK(machine.tell_keyboard({0xee}) == ByteList{0xee});
  CHECK(machine.tell_keyboard({0xf6}) == ByteList{0xfa});
}

TEST_CASE("what is no command or no option is asked for again") {
  Raw machine;

  CHECK(machine.tell_keyboard({0x00}) == ByteList{0xfe});
  CHECK(machine.tell_keyboard({0xef}) == ByteList{0xfe});
  CHECK(machine.tell_keyboard({0xf0, 0x04, 0x03}) == ByteList{0xfa, 0xfe, 0xfa});
  CHECK(machine.tell_keyboard({0xf3, 0x80, 0x20}) == ByteList{0xfa, 0xfe, 0xfa});
}

TEST_CASE("a byte that was not understood is sent once more") {
  Raw machine;

  machine.tell_keyboard({0xf2});
  CHECK(machine.tell_keyboard({0xfe}) == ByteList{0x83});

  machine.write(0xf2);
  CHECK(machine.read() == 0xfa);
  CHECK(machine.tell_keyboard({0xfe}) == ByteList{0xfa, 0xab, 0x83});
}

TEST_CASE("a command instead of an option is a command") {
  Raw machine;

  CHECK(machine.tell_keyboard({0xed, 0xf2}) == ByteList{0xfa, 0xfa, 0xab, 0x83});
}

TEST_CASE("keys wait while an option is awaited") {
  Raw machine;
  machine.tell_keyboard({0xed});

  machine.down(KEY_A);
  CHECK(machine.read_all().empty());
  CHECK(machine.tell_keyboard({0x02}) == ByteList{0xfa, 0x1c});
}

TEST_CASE("an answer doesn't come between the bytes of a key") {
  Raw machine;
  machine.down(KEY_UP);
  machine.down(KEY_A);

  CHECK(machine.read() == 0xe0);
  CHECK(machine.tell_keyboard({0xf2}) == ByteList{0x75, 0xfa, 0xab, 0x83, 0x1c});
}

TEST_CASE("the LEDs are what the guest set, and a change is told") {
  Raw machine;
  int changes = 0;
  machine.chip.when_leds_changed([&] { ++changes; });

  machine.tell_keyboard({0xed, 0x06});
  CHECK(machine.chip.keyboard().leds() == InputSink::Leds{false, true, true});
  machine.tell_keyboard({0xed, 0x06});
  CHECK(changes == 1);

  machine.tell_keyboard({0xff});
  CHECK(machine.chip.keyboard().leds() == InputSink::Leds{});
  CHECK(changes == 2);
}

TEST_CASE("the guest chooses and asks for the set of scan codes") {
  Raw machine;
  CHECK(machine.tell_keyboard({0xf0, 0x00}) == ByteList{0xfa, 0xfa, 0x02});

  machine.tell_keyboard({0xf0, 0x01});
  machine.type(KEY_UP);
  machine.type(KEY_PAUSE);
  CHECK(machine.read_all() == ByteList{0xe0, 0x48, 0xe0, 0xc8, 0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5});
  machine.type(KEY_SYSRQ);
  CHECK(machine.read_all() == ByteList{0xe0, 0x2a, 0xe0, 0x37, 0xe0, 0xb7, 0xe0, 0xaa});

  machine.tell_keyboard({0xf0, 0x03});
  machine.type(KEY_UP);
  machine.type(KEY_LEFTSHIFT);
  machine.type(KEY_PAUSE);
  CHECK(machine.read_all() == ByteList{0x63, 0x12, 0xf0, 0x12, 0x62});
  CHECK(machine.tell_keyboard({0xf0, 0x00}) == ByteList{0xfa, 0xfa, 0x03});

  machine.tell_keyboard({0xf6});
  CHECK(machine.tell_keyboard({0xf0, 0x00}) == ByteList{0xfa, 0xfa, 0x02});
}

TEST_CASE("in set 3 the guest chooses which keys tell their release") {
  Raw machine;
  machine.tell_keyboard({0xf0, 0x03});

  CHECK(machine.tell_keyboard({0xf8}) == ByteList{0xfa});
  machine.type(KEY_A);
  CHECK(machine.read_all() == ByteList{0x1c, 0xf0, 0x1c});

  CHECK(machine.tell_keyboard({0xfd, 0x1c, 0x32, 0xf4}) == ByteList{0xfa, 0xfa, 0xfa, 0xfa});
  machine.type(KEY_A);
  machine.type(KEY_B);
  machine.type(KEY_C);
  CHECK(machine.read_all() == ByteList{0x1c, 0x32, 0x21, 0xf0, 0x21});
}

TEST_CASE("a held key repeats after the delay, at the rate") {
  Raw machine;
  machine.down(KEY_A);
  machine.read_all();

  machine.time.advance(499ms);
  CHECK(machine.read_all().empty());
  machine.time.advance(2ms);
  CHECK(machine.read_all() == ByteList{0x1c});
  machine.time.advance(92ms);  // 10.9 a second.
  CHECK(machine.read_all() == ByteList{0x1c});

  machine.up(KEY_A);
  machine.read_all();
  machine.time.advance(10s);
  CHECK(machine.read_all().empty());
  CHECK(machine.time.armed_timers() == 0);
}

TEST_CASE("the guest chooses delay and rate") {
  Raw machine;
  machine.tell_keyboard({0xf3, 0x00});  // 250 ms, 30 a second.
  machine.down(KEY_A);
  machine.read_all();

  machine.time.advance(251ms);
  CHECK(machine.read_all() == ByteList{0x1c});
  int repeats = 0;
  for (int i = 0; i < 100; ++i) {
    machine.time.advance(10ms);
    repeats += static_cast<int>(machine.read_all().size());
  }
  CHECK(repeats == 30);
}

TEST_CASE("the key that went down last repeats, and Pause never") {
  Raw machine;
  machine.down(KEY_A);
  machine.down(KEY_B);
  machine.up(KEY_A);
  machine.read_all();
  machine.time.advance(501ms);
  CHECK(machine.read_all() == ByteList{0x32});

  machine.down(KEY_PAUSE);
  machine.read_all();
  machine.time.advance(10s);
  CHECK(machine.read_all().empty());
}

TEST_CASE("a guest that doesn't read gets no backlog of repetitions") {
  Raw machine;
  machine.down(KEY_A);

  machine.time.advance(10s);
  CHECK(machine.read_all() == ByteList{0x1c});
}

TEST_CASE("keys that don't fit are lost as a whole, and an overrun is told once") {
  Raw machine;
  for (const int code : {KEY_A, KEY_B, KEY_C, KEY_D, KEY_E, KEY_F}) machine.type(code);

  const ByteList bytes = machine.read_all();
  CHECK(bytes == ByteList{0x1c, 0xf0, 0x1c, 0x32, 0xf0, 0x32, 0x21, 0xf0, 0x21, 0x23, 0xf0, 0x23,
                          0x24, 0xf0, 0x24, 0x00});
  machine.type(KEY_G);
  CHECK(machine.read_all() == ByteList{0x34, 0xf0, 0x34});
}

TEST_CASE("a release that finds no room is told later") {
  Raw machine;
  machine.down(KEY_LEFTSHIFT);
  machine.read_all();
  for (int i = 0; i < 5; ++i) machine.type(KEY_A);

  machine.up(KEY_LEFTSHIFT);
  const ByteList bytes = machine.read_all();
  CHECK(bytes.size() == 17);
  CHECK(bytes[15] == 0xf0);
  CHECK(bytes[16] == 0x12);
}

TEST_CASE("letting go of everything releases what is held, once") {
  Raw machine;
  machine.down(KEY_A);
  machine.down(KEY_LEFTSHIFT);
  machine.read_all();

  machine.let_go();
  CHECK(machine.read_all() == ByteList{0xf0, 0x1c, 0xf0, 0x12});
  machine.up(KEY_A);
  CHECK(machine.read_all().empty());
  machine.time.advance(10s);
  CHECK(machine.read_all().empty());
}

TEST_CASE("a key that is down can't go down, and one that doesn't exist does nothing") {
  Raw machine;
  machine.down(KEY_A);
  machine.down(KEY_A);
  machine.type(BTN_LEFT);
  machine.type(KEY_RESERVED);

  CHECK(machine.read_all() == ByteList{0x1c});
}

}  // namespace
}  // namespace minivmm
