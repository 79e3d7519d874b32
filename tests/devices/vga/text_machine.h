#pragma once
// A VGA in mode 3, and a guest that prints.

#include <optional>
#include <string>
#include <string_view>

#include "devices/vga/vga_machine.h"

namespace minivmm::test {

inline constexpr std::uint64_t kText = 0xb8000;
inline constexpr std::uint32_t kBlack = 0;
inline constexpr std::uint32_t kBlue = 0x0000ff;
inline constexpr std::uint32_t kWhite = 0xffffff;

/// Attribute bits: colour 0 is black, 1 blue, 7 and 15 white.
inline void set_colors(VgaMachine& machine) {
  machine.dac(0, 0, 0, 0);
  machine.dac(1, 0, 0, 0x3f);
  machine.dac(7, 0x3f, 0x3f, 0x3f);
  machine.dac(0x3f, 0x3f, 0x3f, 0x3f);
}

/// Writes a glyph's 16 rows into plane 2, as every text mode's font loader does.
inline void load_glyph(VgaMachine& machine, unsigned font, unsigned character,
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

inline constexpr std::array<std::uint8_t, 16> kLetterA{
    0x00, 0x00, 0x10, 0x38, 0x6c, 0xc6, 0xc6, 0xfe, 0xc6, 0xc6, 0xc6, 0xc6, 0x00, 0x00, 0x00, 0x00};
inline constexpr std::array<std::uint8_t, 16> kFull{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                                    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

struct TextMachine : VgaMachine {
  TextMachine() {
    set_mode(kMode3);
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

}  // namespace minivmm::test
