// The characters of a text mode as text.

#include <catch2/catch.hpp>

#include "devices/vga/code_page_437.h"
#include "devices/vga/text_machine.h"

namespace minivmm {
namespace {

using test::TextMachine;

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
