#include <catch2/catch.hpp>

#include "devices/vga/any_numbers.h"
#include "devices/vga/reference_planes.h"
#include "devices/vga/vga_machine.h"

namespace minivmm {
namespace {

using test::VgaMachine;

constexpr std::uint64_t kText = 0xb8000;
constexpr std::uint64_t kGraphics = 0xa0000;

/// The plane's byte, however the adapter keeps it.
unsigned plane_byte(const VgaMachine& machine, unsigned plane, std::uint64_t address) {
  return std::to_integer<unsigned>(machine.memory[address * 4 + plane]);
}

void map_text(VgaMachine& machine) {
  machine.set_mode(test::kMode3);
  for (int times = 0; times < 8; ++times) static_cast<void>(machine.peek(kText));
  REQUIRE(machine.legacy.mapped());
}

// --- Data path ----------------------------------------------------------------------------------

/// Registers that a guest may set in any combination.
void set_any_registers(VgaMachine& machine, test::ReferencePlanes& reference,
                       test::AnyNumbers& random) {
  const auto sequencer = [&](unsigned index, unsigned value) {
    machine.sequencer(index, value);
    reference.sequencer[index] = value;
  };
  const auto graphics = [&](unsigned index, unsigned value) {
    machine.graphics(index, value);
    reference.graphics[index] = value;
  };
  sequencer(2, random() & 0xf);
  sequencer(4, random() & 0xe);
  for (unsigned index = 0; index < 5; ++index) {
    graphics(index, random() & (index < 3 ? 0xf : index == 3 ? 0x1f : 3));
  }
  graphics(5, random() & 0x1b);
  graphics(6, (random() & 2) | (random() % 2 == 0 ? 0x04 : 0x00));
  graphics(7, random() & 0xf);
  graphics(8, random() & 0xff);
}

TEMPLATE_TEST_CASE("Every access to the planes does what the manual's data path does", "",
                   VgaMachine, test::PostingMachine) {
  test::AnyNumbers random(GENERATE(1u, 2u, 3u));
  TestType machine;
  test::ReferencePlanes reference;
  machine.out8(0x3c2, 0x03);
  for (int combination = 0; combination < 1000; ++combination) {
    set_any_registers(machine, reference, random);
    const unsigned size = (reference.graphics[6] & 4) != 0 ? 0x10000 : 0x20000;
    const unsigned base = random() % size;
    for (int access = 0; access < 20; ++access) {
      const unsigned offset = (base + random() % 8) % size;
      if (random() % 2 == 0) {
        REQUIRE(machine.peek(kGraphics + offset) == reference.read(offset));
      } else {
        const unsigned value = random() & 0xff;
        machine.poke(kGraphics + offset, value);
        reference.write(offset, value);
      }
    }
  }
  machine.out8(0x3c2, 0x01);  // What is still mapped as text returns to the planes.
  static_cast<void>(machine.in8(0x3cc));
  for (unsigned address = 0; address < 0x10000; ++address) {
    for (unsigned plane = 0; plane < 4; ++plane) {
      REQUIRE(plane_byte(machine, plane, address) == reference.planes[plane][address]);
    }
  }
}

TEST_CASE("The window answers where Memory Map puts it, and nowhere else") {
  VgaMachine machine;
  machine.set_mode(test::kMode12);
  struct Place {
    unsigned select;
    std::uint64_t first, last;
  };
  const Place place = GENERATE(Place{0, 0xa0000, 0xbffff}, Place{1, 0xa0000, 0xaffff},
                               Place{2, 0xb0000, 0xb7fff}, Place{3, 0xb8000, 0xbffff});
  machine.graphics(6, 1 | place.select << 2);
  machine.poke(place.first, 0x5a);
  machine.poke(place.last, 0xa5);
  CHECK(machine.peek(place.first) == 0x5a);
  CHECK(machine.peek(place.last) == 0xa5);
  if (place.first > 0xa0000) CHECK(machine.peek(place.first - 1) == 0xff);
  if (place.last < 0xbffff) CHECK(machine.peek(place.last + 1) == 0xff);
}

TEST_CASE("The window is deaf while Miscellaneous Output turns the memory off") {
  VgaMachine machine;
  machine.set_mode(test::kMode13);
  machine.out8(0x3c2, 0x61);
  machine.poke(kGraphics, 1);
  CHECK(machine.peek(kGraphics) == 0xff);
  CHECK(plane_byte(machine, 0, 0) == 0);
}

// --- Without exits ------------------------------------------------------------------------------

TEST_CASE("Characters and attributes cost no exits once a guest has begun to write them") {
  VgaMachine machine;
  machine.set_mode(test::kMode3);
  for (unsigned offset = 0; offset < 4000; ++offset) machine.poke(kText + offset, offset & 0xff);
  CHECK(machine.exits <= 4);
  CHECK(machine.legacy.mapped() == GuestRange{{kText}, 0x8000});
  for (unsigned offset = 0; offset < 4000; ++offset) {
    REQUIRE(machine.peek(kText + offset) == (offset & 0xff));
  }
}

TEST_CASE("Characters that were written without exits are in planes 0 and 1 for who looks there") {
  VgaMachine machine;
  map_text(machine);
  machine.poke(kText, 'A');
  machine.poke(kText + 1, 0x1e);
  machine.poke(kText + 0x7ffe, 'Z');

  machine.sequencer(4, 6);
  machine.graphics(5, 0);
  machine.graphics(6, 4);
  CHECK(!machine.legacy.mapped());
  CHECK(machine.peek(kGraphics) == 'A');
  CHECK(machine.peek(kGraphics + 0x7ffe) == 'Z');
  machine.graphics(4, 1);
  CHECK(machine.peek(kGraphics) == 0x1e);
}

TEST_CASE("Loading a font leaves the characters as they are") {
  VgaMachine machine;
  map_text(machine);
  machine.poke(kText, 'A');

  machine.sequencer(2, 4);  // As Linux's vgacon does it.
  machine.sequencer(4, 7);
  machine.graphics(4, 2);
  machine.graphics(5, 0);
  machine.graphics(6, 0);
  for (unsigned row = 0; row < 16; ++row) machine.poke(kGraphics + 'A' * 32 + row, row + 1);
  machine.sequencer(2, 3);
  machine.sequencer(4, 3);
  machine.graphics(4, 0);
  machine.graphics(5, 0x10);
  machine.graphics(6, 0x0e);

  CHECK(machine.peek(kText) == 'A');
  CHECK(plane_byte(machine, 2, 'A' * 32 + 5) == 6);
}

TEST_CASE(
    "Mode 13h and dispi's banks cost no exits and lie where the linear framebuffer shows them") {
  VgaMachine machine;
  SECTION("mode 13h") {
    machine.set_mode(test::kMode13);
    for (unsigned offset = 0; offset < 64000; ++offset)
      machine.poke(kGraphics + offset, offset % 251);
    CHECK(machine.exits <= 4);
    for (unsigned offset = 0; offset < 64000; ++offset) {
      REQUIRE(std::to_integer<unsigned>(machine.memory[offset]) == offset % 251);
    }
  }
  SECTION("a bank") {
    machine.set_mode(test::kMode3);
    machine.set_dispi_mode(640, 480, 8);
    machine.dispi(vga::Dispi::kBank, 3);
    for (unsigned offset = 0; offset < 100; ++offset) machine.poke(kGraphics + offset, offset);
    CHECK(machine.exits <= 4);
    CHECK(std::to_integer<unsigned>(machine.memory[0x30000 + 99]) == 99);
    CHECK(machine.legacy.offset() == 0x30000);
    machine.dispi(vga::Dispi::kBank, 4);
    CHECK(!machine.legacy.mapped());
    CHECK(machine.peek(kGraphics + 99) == 0);
  }
}

TEST_CASE("A guest that passes through a mode maps nothing") {
  VgaMachine machine;
  for (int times = 0; times < 100; ++times) {
    machine.set_mode(test::kMode3);
    machine.set_mode(test::kMode13);
    machine.poke(kGraphics, 1);
  }
  CHECK(machine.legacy.maps == 0);
}

TEST_CASE("Each register that brings in the graphics controller ends what was mapped") {
  VgaMachine machine;
  map_text(machine);
  const unsigned index = GENERATE(1u, 3u, 4u, 5u, 8u);
  machine.graphics(index, index == 8 ? 0x0f : 0x02);
  CHECK(!machine.legacy.mapped());
}

TEST_CASE("Planar modes of dispi reach all of the memory through banks") {
  VgaMachine machine;
  machine.set_mode(test::kMode12);
  machine.set_dispi_mode(1024, 768, 4);
  machine.dispi(vga::Dispi::kBank, 1);
  machine.sequencer(2, 0x08);
  machine.poke(kGraphics + 5, 0x77);
  CHECK(plane_byte(machine, 3, 0x10005) == 0x77);
}

}  // namespace
}  // namespace minivmm
