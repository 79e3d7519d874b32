#include <catch2/catch.hpp>

#include "devices/vga/vga_machine.h"

namespace minivmm {
namespace {

using test::VgaMachine;

TEST_CASE("Each VGA register keeps the bits that it has") {
  VgaMachine machine;
  machine.out8(0x3c2, 0x01);
  for (unsigned index = 0; index < 5; ++index) machine.sequencer(index, 0xff);
  for (unsigned index = 0; index < 9; ++index) machine.graphics(index, 0xff);
  constexpr unsigned kSequencer[]{0x03, 0x3d, 0x0f, 0x3f, 0x0e};
  constexpr unsigned kGraphics[]{0x0f, 0x0f, 0x0f, 0x1f, 0x03, 0x7b, 0x0f, 0x0f, 0xff};
  for (unsigned index = 0; index < 5; ++index) {
    CHECK(machine.indexed(0x3c4, index) == kSequencer[index]);
  }
  for (unsigned index = 0; index < 9; ++index) {
    CHECK(machine.indexed(0x3ce, index) == kGraphics[index]);
  }
  for (unsigned index = 0; index < 25; ++index) {
    if (index == 0x11) continue;
    machine.crtc(index, 0xa0 + index);
    CHECK(machine.indexed(0x3d4, index) == 0xa0 + index);
  }
  CHECK(machine.indexed(0x3d4, 0x30) == 0);
}

TEST_CASE("A word written to an index port sets index and data") {
  VgaMachine machine;
  test::store(machine.ports, 0x3c4, std::uint16_t{0x0502});
  CHECK(machine.indexed(0x3c4, 2) == 5);
}

TEST_CASE("CRTC registers 0 to 7 are protected but for the line compare bit") {
  VgaMachine machine;
  machine.out8(0x3c2, 0x01);
  machine.crtc(0x01, 0x4f);
  machine.crtc(0x11, 0x80);
  machine.crtc(0x01, 0x27);
  machine.crtc(0x07, 0xff);
  machine.crtc(0x12, 0xdf);
  CHECK(machine.indexed(0x3d4, 0x01) == 0x4f);
  CHECK(machine.indexed(0x3d4, 0x07) == 0x10);
  CHECK(machine.indexed(0x3d4, 0x12) == 0xdf);
}

TEST_CASE("The CRTC is at the addresses that the adapter's colour bit says") {
  VgaMachine machine;
  machine.out8(0x3c2, 0x00);
  CHECK(machine.in8(0x3d4) == 0xff);
  machine.indexed(0x3b4, 0x0e, 0x12);
  machine.out8(0x3c2, 0x01);
  CHECK(machine.in8(0x3b4) == 0xff);
  CHECK(machine.indexed(0x3d4, 0x0e) == 0x12);
  CHECK(machine.in8(0x3cc) == 0x01);
}

TEST_CASE("Input status 1 makes the attribute controller expect an index") {
  VgaMachine machine;
  machine.out8(0x3c2, 0x01);
  static_cast<void>(machine.in8(0x3da));
  machine.out8(0x3c0, 0x11);
  machine.out8(0x3c0, 0x2a);
  machine.out8(0x3c0, 0x12);
  static_cast<void>(machine.in8(0x3da));
  machine.out8(0x3c0, 0x31);
  CHECK(machine.in8(0x3c0) == 0x31);
  CHECK(machine.in8(0x3c1) == 0x2a);
}

TEST_CASE("The DAC takes and gives entries of three components, one after the other") {
  VgaMachine machine;
  machine.dac(255, 1, 2, 0xff);
  machine.out8(0x3c9, 4);  // Goes on with entry 0, which is incomplete:
  machine.out8(0x3c7, 255);
  CHECK(machine.in8(0x3c7) == 3);
  CHECK(machine.in8(0x3c9) == 1);
  CHECK(machine.in8(0x3c9) == 2);
  CHECK(machine.in8(0x3c9) == 0x3f);
  CHECK(machine.in8(0x3c9) == 0);
  machine.out8(0x3c8, 0);
  CHECK(machine.in8(0x3c7) == 0);
}

TEST_CASE("Input status 1 shows a frame's blanking as time passes") {
  VgaMachine machine;
  machine.set_mode(test::kMode3);
  unsigned retraces = 0;
  bool before = false;
  for (int step = 0; step < 10'000; ++step) {  // A second in steps of 100 us.
    const bool now = (machine.in8(0x3da) & 8) != 0;
    retraces += now && !before ? 1u : 0u;
    before = now;
    machine.time.advance(std::chrono::microseconds(100));
  }
  CHECK(retraces >= 69);
  CHECK(retraces <= 71);  // 70.09 Hz.
}

TEST_CASE("A frame without blanking retraces all the same") {
  VgaMachine machine;
  machine.out8(0x3c2, 0x01);
  for (unsigned index = 0; index < 25; ++index) machine.crtc(index, index == 0x11 ? 0 : 0xff);
  machine.crtc(0x06, 0);
  machine.crtc(0x07, 0x42);
  bool seen = false;
  for (int step = 0; step < 10'000 && !seen; ++step) {
    seen = (machine.in8(0x3da) & 8) != 0;
    machine.time.advance(std::chrono::microseconds(10));
  }
  CHECK(seen);
}

TEST_CASE("A VGA that is put to sleep answers at its wake-up port alone") {
  VgaMachine machine;
  machine.set_mode(test::kMode3);
  machine.out8(0x3c3, 0);
  CHECK(machine.in8(0x3cc) == 0xff);
  CHECK(machine.peek(0xb8000) == 0xff);
  machine.out8(0x3c3, 1);
  CHECK(machine.in8(0x3cc) == 0x67);
}

}  // namespace
}  // namespace minivmm
