// Text modes: characters in the guest's font, cursor, blinking.

#include <catch2/catch.hpp>

#include "devices/vga/text_machine.h"

namespace minivmm {
namespace {

using test::kBlack;
using test::kBlue;
using test::kFull;
using test::kText;
using test::kWhite;
using test::load_glyph;
using test::TextMachine;

TEST_CASE("A character is drawn from the guest's font in its attribute's colours") {
  TextMachine machine;
  machine.put(3, 2, 'A', 0x17);
  machine.draw();
  REQUIRE(machine.size == PictureSize{720, 400});
  CHECK(machine.dots(3, 2, 1) == ".........");
  CHECK(machine.dots(3, 2, 2) == "...#.....");
  CHECK(machine.dots(3, 2, 5) == "##...##..");
  CHECK(machine.dots(3, 2, 7) == "#######..");
  CHECK(machine.dots(3, 2, 7, kBlue) == ".......##");
  CHECK(machine.pixel(4 * 9, 2 * 16) == kBlack);
}

TEST_CASE("The ninth dot goes on for line graphics alone") {
  TextMachine machine;
  machine.put(0, 0, 0xdb, 0x07);
  machine.put(1, 0, '#', 0x07);
  machine.draw();
  CHECK(machine.dots(0, 0, 0) == "#########");
  CHECK(machine.dots(1, 0, 0) == "########.");
  machine.attribute(0x10, 0x08);
  machine.draw();
  CHECK(machine.dots(0, 0, 0) == "########.");
}

TEST_CASE("Characters of 8 dots have no ninth") {
  TextMachine machine;
  machine.sequencer(1, 1);
  machine.attribute(0x13, 0);
  machine.put(1, 0, '#', 0x07);
  machine.draw();
  REQUIRE(machine.size == PictureSize{640, 400});
  CHECK(machine.pixel(7, 0) == kBlack);
  CHECK(machine.pixel(8, 0) == kWhite);
  CHECK(machine.pixel(15, 0) == kWhite);
  CHECK(machine.pixel(16, 0) == kBlack);
}

TEST_CASE("Bit 3 of the attribute chooses between two fonts") {
  TextMachine machine;
  load_glyph(machine, 0x4000 + 0x2000, 'A', kFull);  // Map 5.
  machine.sequencer(3, 0x24);                        // A is map 5, B map 0.
  machine.put(0, 0, 'A', 0x0f);
  machine.put(1, 0, 'A', 0x07);
  machine.draw();
  CHECK(machine.dots(0, 0, 0) == "########.");
  CHECK(machine.dots(1, 0, 0) == ".........");
}

TEST_CASE("A font that is loaded later redraws the characters that stand there") {
  TextMachine machine;
  machine.put(0, 0, 'B', 0x07);
  machine.draw();
  CHECK(machine.dots(0, 0, 3) == ".........");
  load_glyph(machine, 0, 'B', kFull);
  machine.draw();
  CHECK(machine.dots(0, 0, 3) == "########.");
}

TEST_CASE("Only rows whose characters changed are drawn again") {
  TextMachine machine;
  for (int times = 0; times < 8; ++times) machine.put(0, 0, 'A', 0x07);
  machine.draw();
  CHECK(machine.draw().empty());
  machine.put(5, 3, 'A', 0x07);
  machine.put(5, 4, 'A', 0x07);
  machine.put(79, 24, 'A', 0x07);
  CHECK(machine.draw() == std::vector<RowRange>{{48, 80}, {384, 400}});
  CHECK(machine.draw().empty());
  CHECK(machine.draw(Scanout::Redraw::kEverything) == std::vector<RowRange>{{0, 400}});
}

TEST_CASE("The cursor has its shape, blinks, and says when it does so next") {
  TextMachine machine;
  machine.put(2, 1, ' ', 0x07);
  machine.crtc(0x0a, 13);
  machine.crtc(0x0b, 14);
  machine.crtc(0x0f, 82);
  machine.draw();
  CHECK(machine.dots(2, 1, 12) == ".........");
  CHECK(machine.dots(2, 1, 13) == "#########");
  CHECK(machine.dots(2, 1, 14) == "#########");
  CHECK(machine.dots(2, 1, 15) == ".........");
  CHECK(machine.draw().empty());

  const auto due = machine.due();
  REQUIRE(due);
  machine.time.advance(*due - machine.time.monotonic());
  CHECK(machine.draw() == std::vector<RowRange>{{16, 32}});
  CHECK(machine.dots(2, 1, 13) == ".........");
  machine.time.advance(*machine.due() - machine.time.monotonic());
  machine.draw();
  CHECK(machine.dots(2, 1, 13) == "#########");

  machine.crtc(0x0a, 0x20);
  machine.draw();
  CHECK(!machine.due());
}

TEST_CASE("A cursor in the first column blinks in its own row alone") {
  TextMachine machine;
  machine.put(0, 1, ' ', 0x07);
  machine.crtc(0x0a, 13);
  machine.crtc(0x0b, 14);
  machine.crtc(0x0f, 80);
  machine.draw();
  REQUIRE(machine.due());
  machine.time.advance(*machine.due());
  CHECK(machine.draw() == std::vector<RowRange>{{16, 32}});
}

TEST_CASE("A cursor that is not on the screen does not blink") {
  TextMachine machine;
  machine.crtc(0x0a, 13);
  machine.crtc(0x0b, 14);
  machine.crtc(0x0e, 0x10);
  machine.draw();
  CHECK(!machine.due());
}

TEST_CASE("Forty columns are of doubled dots") {
  TextMachine machine;
  machine.sequencer(1, 0x08);
  machine.crtc(0x11, 0);
  machine.crtc(0x01, 0x27);
  machine.put(1, 0, '#', 0x07);
  machine.draw();
  REQUIRE(machine.size == PictureSize{720, 400});
  CHECK(machine.pixel(17, 0) == kBlack);
  CHECK(machine.pixel(18, 0) == kWhite);
  CHECK(machine.pixel(33, 0) == kWhite);
  CHECK(machine.pixel(34, 0) == kBlack);
}

TEST_CASE("Bit 7 of an attribute blinks, or is a bright background") {
  TextMachine machine;
  machine.put(0, 0, '#', 0x87);
  machine.draw();
  CHECK(machine.dots(0, 0, 0) == "########.");
  REQUIRE(machine.due());
  machine.time.advance(*machine.due());
  machine.draw();
  CHECK(machine.dots(0, 0, 0) == ".........");

  machine.attribute(0x10, 0x04);
  machine.put(0, 0, ' ', 0xf0);
  machine.draw();
  CHECK(machine.dots(0, 0, 0) == "#########");
  CHECK(!machine.due());
}

TEST_CASE("Mode 7 underlines") {
  TextMachine machine;
  machine.set_mode(test::kMode7);
  machine.dac(8, 0x3f, 0x3f, 0x3f);
  machine.poke(0xb0000, ' ');
  machine.poke(0xb0001, 0x01);
  machine.poke(0xb0002, ' ');
  machine.poke(0xb0003, 0x07);
  machine.draw();
  CHECK(machine.dots(0, 0, 13) == "#########");
  CHECK(machine.dots(0, 0, 12) == ".........");
  CHECK(machine.dots(1, 0, 13) == ".........");
}

TEST_CASE("Text scrolls by the start address, by scan lines and by dots") {
  TextMachine machine;
  machine.put(1, 1, '#', 0x07);
  machine.draw();
  machine.crtc(0x0d, 80);
  machine.draw();
  CHECK(machine.dots(1, 0, 0) == "########.");
  CHECK(machine.dots(1, 1, 0) == ".........");
  machine.crtc(0x08, 4);
  machine.attribute(0x13, 2);  // Three dots of nine.
  machine.draw();
  CHECK(machine.pixel(6, 0) == kWhite);
  CHECK(machine.pixel(5, 0) == kBlack);
  CHECK(machine.pixel(6, 11) == kWhite);
  CHECK(machine.pixel(6, 12) == kBlack);
}

}  // namespace
}  // namespace minivmm
