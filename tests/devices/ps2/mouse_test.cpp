#include "devices/ps2/mouse.h"

#include <catch2/catch.hpp>

#include "support/ps2_machine.h"

namespace minivmm {
namespace {

using namespace std::chrono_literals;
using test::ByteList;
using test::Ps2Machine;

struct Ready : Ps2Machine {
  Ready() {
    enable_all();
    tell_mouse({0xf4});
    time.advance(1s);
  }
  /// What comes within a second.
  ByteList packets() {
    ByteList bytes = read_all();
    for (int i = 0; i < 100; ++i) {
      time.advance(10ms);
      for (const std::uint8_t byte : read_all()) bytes.push_back(byte);
    }
    return bytes;
  }
};

TEST_CASE("a mouse moves right and up in positive numbers, nine bits of them") {
  Ready machine;

  machine.move(5, -3);
  CHECK(machine.packets() == ByteList{0x08, 5, 3});
  machine.move(-5, 3);
  CHECK(machine.packets() == ByteList{0x38, 0xfb, 0xfd});
  machine.move(-255, 255);
  CHECK(machine.packets() == ByteList{0x38, 0x01, 0x01});
}

TEST_CASE("a long way takes several packets and arrives whole") {
  Ready machine;
  machine.move(600, 0);

  CHECK(machine.packets() == ByteList{0x08, 255, 0, 0x08, 255, 0, 0x08, 90, 0});
}

TEST_CASE("a way that is too long to keep is an overflow") {
  Ready machine;
  machine.move(2'000'000'000, -2'000'000'000);

  const ByteList bytes = machine.packets();
  CHECK(ByteList(bytes.begin(), bytes.begin() + 6) == ByteList{0xc8, 255, 255, 0x08, 255, 255});
}

TEST_CASE("motion adds up until the guest reads, and is told at the sample rate") {
  Ready machine;
  machine.move(1, 0);
  machine.move(1, 0);
  machine.move(1, 0);

  CHECK(machine.read_all() == ByteList{0x08, 1, 0});
  CHECK(machine.read_all().empty());
  machine.time.advance(9ms);
  CHECK(machine.read_all().empty());
  machine.time.advance(2ms);
  CHECK(machine.read_all() == ByteList{0x08, 2, 0});
}

TEST_CASE("a click that nobody saw in time is still a click, where it was") {
  Ready machine;
  machine.button(PointerButton::kLeft, Press::kDown);
  machine.button(PointerButton::kLeft, Press::kUp);
  machine.move(7, 0);
  machine.button(PointerButton::kRight, Press::kDown);

  CHECK(machine.packets() == ByteList{0x09, 0, 0, 0x08, 0, 0, 0x0a, 7, 0});
}

TEST_CASE("a driver's start: reset, identity, resolution, rate, enable") {
  Ps2Machine machine;
  machine.enable_all();

  CHECK(machine.tell_mouse({0xff}) == ByteList{0xfa, 0xaa, 0x00});
  CHECK(machine.tell_mouse({0xf2}) == ByteList{0xfa, 0x00});
  CHECK(machine.tell_mouse({0xe8, 0x03}) == ByteList{0xfa, 0xfa});
  CHECK(machine.tell_mouse({0xf3, 0xc8}) == ByteList{0xfa, 0xfa});
  CHECK(machine.tell_mouse({0xe7}) == ByteList{0xfa});
  CHECK(machine.tell_mouse({0xf4}) == ByteList{0xfa});
  CHECK(machine.tell_mouse({0xe9}) == ByteList{0xfa, 0x30, 0x03, 0xc8});

  CHECK(machine.tell_mouse({0xf6}) == ByteList{0xfa});
  CHECK(machine.tell_mouse({0xe9}) == ByteList{0xfa, 0x00, 0x02, 0x64});
}

TEST_CASE("rates 200, 100, 80 bring the wheel") {
  Ready machine;
  machine.wheel(1, 0);
  CHECK(machine.packets().empty());

  machine.tell_mouse({0xf3, 200, 0xf3, 100, 0xf3, 80});
  CHECK(machine.tell_mouse({0xf2}) == ByteList{0xfa, 0x03});
  machine.wheel(1, 5);
  CHECK(machine.packets() == ByteList{0x08, 0, 0, 0xff});
  machine.wheel(-9, 0);
  CHECK(machine.packets() == ByteList{0x08, 0, 0, 7, 0x08, 0, 0, 2});
  machine.button(PointerButton::kSide, Press::kDown);
  CHECK(machine.packets().empty());
}

TEST_CASE("rates 200, 200, 80 bring the side buttons") {
  Ready machine;

  machine.tell_mouse({0xf3, 200, 0xf3, 200, 0xf3, 80});
  CHECK(machine.tell_mouse({0xf2}) == ByteList{0xfa, 0x04});
  machine.button(PointerButton::kSide, Press::kDown);
  CHECK(machine.packets() == ByteList{0x08, 0, 0, 0x10});
  machine.button(PointerButton::kExtra, Press::kDown);
  machine.button(PointerButton::kMiddle, Press::kDown);
  machine.wheel(1, 0);
  CHECK(machine.packets() == ByteList{0x08, 0, 0, 0x30, 0x0c, 0, 0, 0x30, 0x0c, 0, 0, 0x3f});

  CHECK(machine.tell_mouse({0xff}) == ByteList{0xfa, 0xaa, 0x00});
  CHECK(machine.tell_mouse({0xf2}) == ByteList{0xfa, 0x00});
}

TEST_CASE("other rates bring nothing") {
  Ready machine;

  machine.tell_mouse({0xf3, 200, 0xf3, 80, 0xf3, 100, 0xf3, 80});
  CHECK(machine.tell_mouse({0xf2}) == ByteList{0xfa, 0x00});
}

TEST_CASE("what is no command is asked for again, and then an error") {
  Ready machine;

  // Linux asks for trackpoints (0xe1) and touchpads (0xf8) like that.
  CHECK(machine.tell_mouse({0xe1, 0xe1}) == ByteList{0xfe, 0xfc});
  CHECK(machine.tell_mouse({0xf8, 0xe6, 0xf8}) == ByteList{0xfe, 0xfa, 0xfe});
  CHECK(machine.tell_mouse({0xf3, 39, 0xf3, 40}) == ByteList{0xfa, 0xfe, 0xfa, 0xfa});
  CHECK(machine.tell_mouse({0xe8, 4, 4}) == ByteList{0xfa, 0xfe, 0xfc});
}

TEST_CASE("in remote mode the guest asks") {
  Ready machine;
  CHECK(machine.tell_mouse({0xf0}) == ByteList{0xfa});

  machine.move(3, 4);
  machine.button(PointerButton::kRight, Press::kDown);
  CHECK(machine.packets().empty());
  CHECK(machine.tell_mouse({0xeb}) == ByteList{0xfa, 0x2a, 3, 0xfc});
  CHECK(machine.tell_mouse({0xeb}) == ByteList{0xfa, 0x0a, 0, 0});
  CHECK(machine.tell_mouse({0xe9}) == ByteList{0xfa, 0x61, 0x02, 0x64});

  CHECK(machine.tell_mouse({0xea}) == ByteList{0xfa});
  machine.move(1, 0);
  CHECK(machine.packets() == ByteList{0x0a, 1, 0});
}

TEST_CASE("in wrap mode everything comes back but reset and the way out") {
  Ready machine;

  CHECK(machine.tell_mouse({0xee, 0x12, 0xf2, 0xee}) == ByteList{0xfa, 0x12, 0xf2, 0xee});
  machine.move(1, 1);
  CHECK(machine.packets().empty());
  CHECK(machine.tell_mouse({0xec}) == ByteList{0xfa});
  CHECK(machine.tell_mouse({0xf2}) == ByteList{0xfa, 0x00});
}

TEST_CASE("scaling 2:1 doubles what is fast and refines what is slow") {
  Ready machine;
  machine.tell_mouse({0xe7});

  machine.move(3, 0);
  CHECK(machine.packets() == ByteList{0x08, 3, 0});
  machine.move(2, -20);
  CHECK(machine.packets() == ByteList{0x08, 1, 40});
}

TEST_CASE("a mouse that is not enabled says nothing, nor afterwards what happened before") {
  Ps2Machine machine;
  machine.enable_all();
  machine.move(1, 1);
  machine.button(PointerButton::kLeft, Press::kDown);
  CHECK(machine.read_all().empty());

  machine.tell_mouse({0xf4});
  CHECK(machine.read_all().empty());
  machine.move(1, 0);
  CHECK(machine.read_all() == ByteList{0x09, 1, 0});
}

TEST_CASE("a command ends a packet, and a resend brings it whole") {
  Ready machine;
  machine.move(1, 1);
  CHECK(machine.read() == 0x28);

  CHECK(machine.tell_mouse({0xf2}) == ByteList{0xfa, 0x00});
  CHECK(machine.tell_mouse({0xfe}) == ByteList{0xfa, 0x00});
}

TEST_CASE("letting go of everything releases the buttons") {
  Ready machine;
  machine.button(PointerButton::kLeft, Press::kDown);
  machine.packets();

  machine.let_go();
  CHECK(machine.packets() == ByteList{0x08, 0, 0});
}

}  // namespace
}  // namespace minivmm
