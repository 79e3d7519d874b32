// Text modes: characters in the guest's font, cursor, blinking; and the characters as text.

#include <catch2/catch.hpp>

#include "devices/vga/code_page_437.h"
#include "devices/vga/vga_machine.h"

namespace minivmm {
namespace {

using test::VgaMachine;

constexpr std::uint64_t kText = 0xb8000;
constexpr std::uint32_t kBlack = 0;
constexpr std::uint32_t kBlue = 0x0000ff;
constexpr std::uint32_t kWhite = 0xffffff;

/// Attribute bits: colour 0 is black, 1 blue, 7 and 15 white.
void set_colors(VgaMachine& machine) {
  machine.dac(0, 0, 0, 0);
  machine.dac(1, 0, 0, 0x3f);
  machine.dac(7, 0x3f, 0x3f, 0x3f);
  machine.dac(0x3f, 0x3f, 0x3f, 0x3f);
}

/// Writes a glyph's 16 rows into plane 2, as every text mode's font loader does.
void load_glyph(VgaMachine& machine, unsigned font, unsigned character,
                const std::array<std::uint8_t, 16>& rows) {
  machine.sequencer(2, 4);
  machine.sequencer(4, 6);
  machine.graphics(5, 0);
  machine.graphics(6, 4);
  for (unsigned row = 0; row < 16; ++row) {
    machine.poke(0xa0000 + font + character * 32 + row, rows[row]);
  }
  machine.sequencer(2, 3);
  machine.sequencer(4, 2);
  machine.graphics(5, 0x10);
  machine.graphics(6, 0x0e);
}

constexpr std::array<std::uint8_t, 16> kLetterA{0x00, 0x00, 0x10, 0x38, 0x6c, 0xc6, 0xc6, 0xfe,
                                                0xc6, 0xc6, 0xc6, 0xc6, 0x00, 0x00, 0x00, 0x00};
constexpr std::array<std::uint8_t, 16> kFull{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                             0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

struct TextMachine : VgaMachine {
  TextMachine() {
    set_mode(test::kMode3);
    set_colors(*this);
    load_glyph(*this, 0, 'A', kLetterA);
    load_glyph(*this, 0, 0xdb, kFull);
    load_glyph(*this, 0, '#', kFull);
    crtc(0x0a, 0x20);  // No cursor.
  }
  void put(unsigned column, unsigned row, unsigned character, unsigned attribute) {
    poke(kText + row * 160 + column * 2, character);
    poke(kText + row * 160 + column * 2 + 1, attribute);
  }
  void print(unsigned row, std::string_view words) {
    for (unsigned column = 0; column < words.size(); ++column) {
      put(column, row, static_cast<unsigned char>(words[column]), 0x07);
    }
  }
  /// Character cells of 9x16 dots, as the monitor shows them: '#' is the front colour.
  [[nodiscard]] std::string dots(unsigned column, unsigned row, unsigned line,
                                 std::uint32_t front = kWhite) const {
    std::string found;
    for (unsigned dot = 0; dot < 9; ++dot) {
      found += pixel(column * 9 + dot, row * 16 + line) == front ? '#' : '.';
    }
    return found;
  }
  [[nodiscard]] std::optional<TextScreen> text() {
    const std::lock_guard guard(vga.lock());
    return vga.text();
  }
  [[nodiscard]] std::optional<std::chrono::nanoseconds> due() {
    const std::lock_guard guard(vga.lock());
    return vga.next_change_due();
  }
};

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

// --- As text ------------------------------------------------------------------------------------

TEST_CASE("The characters of the screen are told as UTF-8") {
  TextMachine machine;
  machine.print(0, "Hello, \x9c\x81ser\x01");
  machine.print(24, "login:  ");
  const auto text = machine.text();
  REQUIRE(text);
  CHECK(text->columns == 80);
  REQUIRE(text->rows.size() == 25);
  CHECK(text->rows[0] == "Hello, £üser☺");
  CHECK(text->rows[1].empty());
  CHECK(text->rows[24] == "login:");
}

TEST_CASE("The text is that of the page shown, whether or not it is written without exits") {
  TextMachine machine;
  machine.print(25, "the second page");
  machine.crtc(0x0c, 2000 >> 8);
  machine.crtc(0x0d, 2000 & 0xff);
  CHECK(machine.legacy.mapped());
  CHECK(machine.text()->rows[0] == "the second page");
  machine.sequencer(2, 0xf);
  CHECK(!machine.legacy.mapped());
  CHECK(machine.text()->rows[0] == "the second page");
}

TEST_CASE("There is no text in graphics modes or while the screen is off") {
  TextMachine machine;
  machine.sequencer(1, 0x20);
  CHECK(!machine.text());
  machine.set_mode(test::kMode13);
  CHECK(!machine.text());
}

TEST_CASE("Every character of code page 437 is one of Unicode's") {
  for (unsigned character = 0; character < 256; ++character) {
    const std::string_view utf8 = vga::utf8_of_437(static_cast<std::uint8_t>(character));
    REQUIRE(!utf8.empty());
    const auto first = static_cast<unsigned char>(utf8[0]);
    const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : 3;
    CHECK(utf8.size() == length);
  }
  CHECK(vga::utf8_of_437('A') == "A");
  CHECK(vga::utf8_of_437(0xdb) == "█");
  CHECK(vga::utf8_of_437(0xe1) == "ß");
  CHECK(vga::utf8_of_437(0) == " ");
}

}  // namespace
}  // namespace minivmm
