#pragma once
// What the guest draws in each mode, as formulas: the guest turns them into registers and video
// memory, and its test (tests/guest/check_picture.cpp) into the pixels that a screen has to show.
// Hosted or not, in no way tied to how either does it.

#include <cstdint>

namespace pictures {

enum class Mode { kText, kPlanar, kMode13, kModeX, kLinear8, kLinear16, kLinear32 };

struct Shape {
  const char* name;        ///< "mode=NAME" on the guest's command line.
  unsigned width, height;  ///< As the guest draws it.
  unsigned repeat;         ///< How often the screen shows each pixel, both ways.
};
/// By Mode.
inline constexpr Shape kShapes[] = {
    {"text", 720, 400, 1},     {"planar", 640, 480, 1},  {"mode13", 320, 200, 2},
    {"modex", 320, 240, 2},    {"linear8", 640, 480, 1}, {"linear16", 1024, 768, 1},
    {"linear32", 800, 600, 1},
};

/// The palette: what is written to the DAC, 6 bits for each of red, green, blue (component 0 to 2).
/// The first 16 entries have to be told apart by text, so they are far from each other.
constexpr std::uint8_t dac(unsigned entry, unsigned component) {
  if (entry < 16) {
    const unsigned bit = entry >> component & 1;
    return static_cast<std::uint8_t>(bit * (entry < 8 ? 42 : 63) + (entry == 8 ? 21 : 0));
  }
  return static_cast<std::uint8_t>((entry * (component * 2 + 1) + component * 13) & 63);
}

/// The palette's entry of a pixel: 16 of them in kPlanar, 256 in kMode13, kModeX and kLinear8.
constexpr std::uint8_t entry(Mode mode, unsigned x, unsigned y) {
  switch (mode) {
    case Mode::kPlanar:
      // Broad stripes, which are quick to draw, and a corner with every pixel for itself.
      return static_cast<std::uint8_t>((x < 64 && y < 64 ? x ^ y : x / 64 + y / 32) & 15);
    case Mode::kModeX:
      return static_cast<std::uint8_t>(x * 5 + y * 3);
    case Mode::kMode13:
      return static_cast<std::uint8_t>(x ^ y);
    default:
      return static_cast<std::uint8_t>(x + y * 3 + (x * y >> 8));
  }
}

/// kLinear16's pixel: five bits of red, six of green, five of blue.
constexpr std::uint16_t pixel16(unsigned x, unsigned y) {
  return static_cast<std::uint16_t>((x / 32) << 11 | (y / 12) << 5 | ((x + y) & 31));
}
/// kLinear32's pixel: 0x00RRGGBB.
constexpr std::uint32_t pixel32(unsigned x, unsigned y) {
  return (x & 255) << 16 | (y & 255) << 8 | ((x ^ y) & 255);
}

// --- Text: 80 columns and 25 rows of 9 by 16 dots -----------------------------------------------

inline constexpr unsigned kColumns = 80, kRows = 25, kGlyphHeight = 16;
inline constexpr char kGreeting[] = "minivmm shows text";

constexpr std::uint8_t character(unsigned column, unsigned row) {
  if (row == 0) {
    return static_cast<std::uint8_t>(column < sizeof kGreeting - 1 ? kGreeting[column] : ' ');
  }
  return static_cast<std::uint8_t>(column + row * kColumns);
}
/// Colours of characters and their background, four bits each.
constexpr std::uint8_t attribute(unsigned column, unsigned row) {
  if (row == 0) return 0x0f;
  return static_cast<std::uint8_t>(column * 3 + row * 7);
}
/// The eight dots of a line of a character, the leftmost in bit 7: a font of our own, in which no
/// two characters look the same. A space is empty.
constexpr std::uint8_t glyph(std::uint8_t code, unsigned line) {
  if (code == ' ' || line == 0 || line == kGlyphHeight - 1) return 0;
  if (line == 1) return code;
  return static_cast<std::uint8_t>(code * (line * 2 + 1) + line * 41);
}

}  // namespace pictures
