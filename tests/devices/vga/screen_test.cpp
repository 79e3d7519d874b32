// Pictures, mode by mode: what a monitor would show of what a guest wrote.

#include <catch2/catch.hpp>

#include "devices/vga/vga_machine.h"

namespace minivmm {
namespace {

using test::VgaMachine;

constexpr std::uint64_t kText = 0xb8000;
constexpr std::uint64_t kGraphics = 0xa0000;

/// A grey ramp, so that a pixel tells its value: entry n is n in blue, and 255 - n in red.
void ramp(VgaMachine& machine) {
  machine.dispi(vga::Dispi::kEnable, vga::Dispi::kDac8Bit);
  for (unsigned entry = 0; entry < 256; ++entry) machine.dac(entry, 255 - entry, 0, entry);
}
std::uint32_t color(unsigned entry) {
  return (255 - entry) << 16 | entry;
}

/// Sets pixels of a mode of 16 colours by write mode 2, as BIOSes do.
void plot(VgaMachine& machine, unsigned bytes_per_row, unsigned x, unsigned y, unsigned value) {
  const std::uint64_t address = kGraphics + y * bytes_per_row + x / 8;
  machine.graphics(5, 2);
  machine.graphics(8, 0x80u >> x % 8);
  static_cast<void>(machine.peek(address));
  machine.poke(address, value);
}

TEST_CASE("Mode 13h shows each byte as a square of four dots") {
  VgaMachine machine;
  ramp(machine);
  machine.set_mode(test::kMode13);
  for (unsigned offset = 0; offset < 64000; ++offset) {
    machine.poke(kGraphics + offset, offset * 7 % 256);
  }
  machine.draw();
  REQUIRE(machine.size == PictureSize{640, 400});
  for (unsigned y = 0; y < 400; ++y) {
    for (unsigned x = 0; x < 640; ++x) {
      REQUIRE(machine.pixel(x, y) == color((y / 2 * 320 + x / 2) * 7 % 256));
    }
  }
}

TEST_CASE("Mode X shows its four planes in turn, from its start address, panned and split") {
  VgaMachine machine;
  ramp(machine);
  machine.set_mode(test::kModeX);
  for (unsigned plane = 0; plane < 4; ++plane) {
    machine.sequencer(2, 1u << plane);
    for (unsigned address = 0; address < 0x10000; ++address) {
      machine.poke(kGraphics + address, (address * 5 + plane) % 256);
    }
  }
  const auto value = [](unsigned address, unsigned x) {
    return (address + x / 4) * 5 % 256 + x % 4;
  };
  machine.draw();
  REQUIRE(machine.size == PictureSize{640, 480});
  CHECK(machine.pixel(2 * 13, 2 * 7) == color(value(7 * 80, 13) % 256));

  constexpr unsigned kStart = 0x4100;
  machine.crtc(0x0c, kStart >> 8);
  machine.crtc(0x0d, kStart & 0xff);
  machine.attribute(0x13, 4);  // Two pixels.
  machine.crtc(0x18, 0x8f);    // Line 400 and below: address 0.
  machine.crtc(0x07, 0x3e);
  machine.crtc(0x09, 0x01);
  machine.attribute(0x10, 0x61);  // Where panning does not count.
  const std::vector<RowRange> rows = machine.draw();
  CHECK(rows == std::vector<RowRange>{{0, 480}});
  for (unsigned y = 0; y < 480; ++y) {
    const bool split = y >= 400;
    const unsigned row = split ? (y - 400) / 2 * 80 : kStart + y / 2 * 80;
    for (unsigned x = 0; x < 640; ++x) {
      const unsigned pixel = x / 2 + (split ? 0 : 2);
      const unsigned expected = ((row + pixel / 4) % 0x10000 * 5 + pixel % 4) % 256;
      REQUIRE(machine.pixel(x, y) == color(expected));
    }
  }
}

TEST_CASE("Mode 12h shows what was plotted through the planes") {
  VgaMachine machine;
  ramp(machine);
  machine.set_mode(test::kMode12);
  for (unsigned step = 0; step < 480; ++step) plot(machine, 80, step, step, step % 16);
  machine.draw();
  REQUIRE(machine.size == PictureSize{640, 480});
  for (unsigned y = 0; y < 480; ++y) {
    for (unsigned x = 0; x < 640; ++x) {
      const unsigned value = x == y ? y % 16 : 0;
      REQUIRE(machine.pixel(x, y) == color(test::kMode12.attribute[value]));
    }
  }
}

TEST_CASE("Mode Dh shows pixels of two by two dots, panned by single pixels") {
  VgaMachine machine;
  ramp(machine);
  machine.set_mode(test::kModeD);
  plot(machine, 40, 100, 50, 12);
  machine.draw();
  REQUIRE(machine.size == PictureSize{640, 400});
  CHECK(machine.pixel(200, 100) == color(0x3c));
  CHECK(machine.pixel(201, 101) == color(0x3c));
  CHECK(machine.pixel(202, 101) == color(0));
  CHECK(machine.pixel(199, 101) == color(0));
  machine.attribute(0x13, 3);
  machine.draw();
  CHECK(machine.pixel(194, 100) == color(0x3c));
  CHECK(machine.pixel(200, 100) == color(0));
}

TEST_CASE("CGA's modes show even rows from one half of the memory and odd rows from the other") {
  VgaMachine machine;
  ramp(machine);
  SECTION("four colours") {
    machine.set_mode(test::kMode4);
    const auto value = [](unsigned x, unsigned y) { return (x + y * 3) % 4; };
    for (unsigned y = 0; y < 200; ++y) {
      for (unsigned byte = 0; byte < 80; ++byte) {
        unsigned bits = 0;
        for (unsigned x = 0; x < 4; ++x) bits = bits << 2 | value(byte * 4 + x, y);
        machine.poke(kText + y % 2 * 0x2000 + y / 2 * 80 + byte, bits);
      }
    }
    CHECK(machine.exits <= 4);
    machine.draw();
    REQUIRE(machine.size == PictureSize{640, 400});
    for (unsigned y = 0; y < 400; ++y) {
      for (unsigned x = 0; x < 640; ++x) {
        const unsigned expected = test::kMode4.attribute[value(x / 2, y / 2)];
        REQUIRE(machine.pixel(x, y) == color(expected));
      }
    }
    // Without exits, and still seen.
    machine.poke(kText, 0xff);
    CHECK(!machine.draw().empty());
    CHECK(machine.pixel(0, 0) == color(0x17));
  }
  SECTION("two colours") {
    machine.set_mode(test::kMode6);
    machine.poke(kText + 0x2000 + 3 * 80 + 2, 0x01);  // Row 7, pixel 23.
    machine.draw();
    REQUIRE(machine.size == PictureSize{640, 400});
    CHECK(machine.pixel(23, 14) == color(0x17));
    CHECK(machine.pixel(23, 15) == color(0x17));
    CHECK(machine.pixel(22, 14) == color(0));
    CHECK(machine.pixel(23, 16) == color(0));
  }
}

TEST_CASE("Linear modes show their pixels at every depth, in either byte order") {
  VgaMachine machine;
  machine.map_bars();
  struct Depth {
    unsigned bits;
    bool big;
    std::vector<unsigned> bytes;  // Of one pixel.
    std::uint32_t expected;
  };
  const Depth depth = GENERATE(
      Depth{8, false, {0x40}, 0xbf0040}, Depth{15, false, {0x1f, 0x7c}, 0xff00ff},
      Depth{15, true, {0x7c, 0x1f}, 0xff00ff}, Depth{16, false, {0xe0, 0x07}, 0x00ff00},
      Depth{16, true, {0xf8, 0x01}, 0xff0008}, Depth{24, false, {0x33, 0x22, 0x11}, 0x112233},
      Depth{24, true, {0x11, 0x22, 0x33}, 0x112233},
      Depth{32, false, {0x33, 0x22, 0x11, 0xff}, 0x112233},
      Depth{32, true, {0xff, 0x11, 0x22, 0x33}, 0x112233});
  ramp(machine);
  machine.dispi(vga::Dispi::kEnable, 0);
  machine.dispi(vga::Dispi::kXres, 321);
  machine.dispi(vga::Dispi::kYres, 100);
  machine.dispi(vga::Dispi::kBpp, depth.bits);
  machine.dispi(vga::Dispi::kEnable, vga::Dispi::kEnabled | vga::Dispi::kDac8Bit);
  machine.turn_on();
  machine.dispi(vga::Dispi::kVirtualWidth, 400);
  machine.dispi(vga::Dispi::kXOffset, 8);
  machine.dispi(vga::Dispi::kYOffset, 20);
  test::store(machine.mmio, VgaMachine::kRegisters + 0x604, depth.big ? 0xbebebebeu : 0x1e1e1e1eu);
  machine.draw();

  const unsigned bytes = (depth.bits + 7) / 8;
  const unsigned offset = ((20 + 99) * 400 + 8 + 320) * bytes;  // The last pixel.
  for (unsigned byte = 0; byte < bytes; ++byte)
    machine.poke_linear(offset + byte, depth.bytes[byte]);
  const std::vector<RowRange> rows = machine.draw();
  REQUIRE(machine.size == PictureSize{321, 100});
  CHECK(machine.pixel(320, 99) == depth.expected);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].end == 100);
}

TEST_CASE("dispi's planar mode shows 16 colours") {
  VgaMachine machine;
  ramp(machine);
  machine.set_mode(test::kMode12);
  machine.set_dispi_mode(800, 600, 4, vga::Dispi::kDac8Bit);
  plot(machine, 100, 799, 599, 9);
  machine.draw();
  REQUIRE(machine.size == PictureSize{800, 600});
  CHECK(machine.pixel(799, 599) == color(0x39));
  CHECK(machine.pixel(798, 599) == color(0));
}

TEST_CASE("A DAC of 6 bits spans all of a colour's range") {
  VgaMachine machine;
  machine.set_mode(test::kMode13);
  machine.dac(0, 0x3f, 0x20, 0x01);
  machine.draw();
  CHECK(machine.pixel(0, 0) == 0xff8204);
  machine.out8(0x3c6, 0);  // Everything is entry 0.
  for (unsigned offset = 0; offset < 8; ++offset) machine.poke(kGraphics + offset, 77);
  machine.draw();
  CHECK(machine.pixel(0, 0) == 0xff8204);
}

TEST_CASE("A screen that is turned off is black, and without a signal it is nothing") {
  VgaMachine machine;
  machine.draw();
  CHECK(machine.size == PictureSize{});
  machine.set_mode(test::kMode13);
  machine.dac(0, 0x3f, 0x3f, 0x3f);
  machine.draw();
  CHECK(machine.pixel(0, 0) == 0xffffff);
  SECTION("by the sequencer") {
    machine.sequencer(1, 0x21);
  }
  SECTION("by the attribute controller") {
    static_cast<void>(machine.in8(0x3da));
    machine.out8(0x3c0, 0);
  }
  CHECK(machine.draw() == std::vector<RowRange>{{0, 400}});
  CHECK(machine.pixel(0, 0) == 0);
  CHECK(machine.size == PictureSize{640, 400});
  machine.crtc(0x17, 0x23);
  machine.draw();
  CHECK(machine.size == PictureSize{});
}

}  // namespace
}  // namespace minivmm
