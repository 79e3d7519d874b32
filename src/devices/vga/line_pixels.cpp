#include "devices/vga/line_pixels.h"

#include <algorithm>
#include <array>

#include "devices/vga/planes.h"

namespace minivmm::vga {

namespace {

constexpr unsigned kDots = 8;  // Of a byte of a plane.
constexpr unsigned kFontRows = 32;

/// The bits of a byte from left to right, a byte each, the leftmost lowest.
constexpr std::array<std::uint64_t, 256> make_spread() {
  std::array<std::uint64_t, 256> spread{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    for (unsigned dot = 0; dot < kDots; ++dot) {
      spread[byte] |= std::uint64_t{byte >> (kDots - 1 - dot) & 1} << dot * 8;
    }
  }
  return spread;
}
constexpr std::array<std::uint64_t, 256> kSpread = make_spread();

/// Eight pixels of 16 colours.
std::uint64_t planar_dots(PlaneWord word) {
  return kSpread[word & 0xff] | kSpread[word >> 8 & 0xff] << 1 | kSpread[word >> 16 & 0xff] << 2 |
         kSpread[word >> 24] << 3;
}

/// Eight pixels of CGA's 4 colours: pairs of bits, of plane 0 and then of plane 1; planes 2 and 3
/// add the colours' high bits (the manual, Graphics Mode, Shift Register bit).
std::uint64_t interleaved_dots(PlaneWord word) {
  std::uint64_t dots = 0;
  for (unsigned dot = 0; dot < kDots; ++dot) {
    const unsigned byte = dot / 4;
    const unsigned shift = 6 - dot % 4 * 2;
    const std::uint64_t low = word >> (byte * 8 + shift) & 3;
    const std::uint64_t high = word >> (byte * 8 + 16 + shift) & 3;
    dots |= (low | high << 2) << dot * 8;
  }
  return dots;
}

struct CellColors {
  std::uint8_t front = 0;
  std::uint8_t back = 0;
};

CellColors colors_of(const Cell& cell, const TextMode& text) {
  const std::uint8_t back = cell.attribute >> 4 & (text.blink ? 0x07 : 0x0f);
  const std::uint8_t front = cell.hidden ? back : cell.attribute & 0x0f;
  return {front, back};
}

std::uint8_t font_row(const Cell& cell, const TextMode& text, unsigned row_scan,
                      std::span<const std::byte> memory) {
  const std::uint32_t font = text.fonts[cell.attribute >> 3 & 1];
  const std::uint64_t address = (font + cell.character * kFontRows + row_scan) & (kPlaneSize - 1);
  return static_cast<std::uint8_t>(load_word(memory, address) >> 16);  // Plane 2.
}

/// Colours mode 7's underline: attributes whose colours are 1 on 0.
bool underlined(const Cell& cell, const TextMode& text, unsigned row_scan) {
  return row_scan == text.underline && (cell.attribute & 0x77) == 1;
}

template <typename T>
std::uint32_t load_as(const std::byte* from) {
  T value{};
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <unsigned kBytes, ByteOrder kOrder>
std::uint32_t load_pixel(const std::byte* from) {
  std::uint32_t value = 0;
  if constexpr (kBytes == 4) {
    value = load_as<std::uint32_t>(from);
  } else if constexpr (kBytes == 3) {
    value = load_as<std::uint16_t>(from) | load_as<std::uint8_t>(from + 2) << 16;
  } else if constexpr (kBytes == 2) {
    value = load_as<std::uint16_t>(from);
  } else {
    value = load_as<std::uint8_t>(from);
  }
  if constexpr (kOrder == ByteOrder::kLittle) return value;
  return __builtin_bswap32(value) >> (32 - 8 * kBytes);
}

// Objects, not functions, so that each loop has its own conversion inside.
constexpr auto kFrom555 = [](std::uint32_t value) {
  const auto wide = [](std::uint32_t five) { return five << 3 | five >> 2; };
  return wide(value >> 10 & 31) << 16 | wide(value >> 5 & 31) << 8 | wide(value & 31);
};

constexpr auto kFrom565 = [](std::uint32_t value) {
  const auto wide = [](std::uint32_t five) { return five << 3 | five >> 2; };
  const std::uint32_t six = value >> 5 & 63;
  return wide(value >> 11 & 31) << 16 | (six << 2 | six >> 4) << 8 | wide(value & 31);
};

// Plain pointers, and the order of the bytes known to the compiler: these are millions of pixels.
template <unsigned kBytes, ByteOrder kOrder, typename Color>
void convert_in(const std::byte* from, std::span<std::uint32_t> to, Color color) {
  std::uint32_t* pixel = to.data();
  std::uint32_t* const end = pixel + to.size();
  for (; pixel != end; ++pixel, from += kBytes) *pixel = color(load_pixel<kBytes, kOrder>(from));
}

template <unsigned kBytes, typename Color>
void convert(const std::byte* from, bool big_endian, std::span<std::uint32_t> to, Color color) {
  if (big_endian) return convert_in<kBytes, ByteOrder::kBig>(from, to, color);
  convert_in<kBytes, ByteOrder::kLittle>(from, to, color);
}

std::uint32_t without_top_byte(std::uint32_t value) {
  return value & 0x00ff'ffff;
}

template <unsigned kRepeat>
void show_repeated(const std::uint8_t* from, const std::uint32_t* palette, std::uint32_t* to,
                   std::size_t pixels) {
  for (; pixels != 0; --pixels, to += kRepeat) {
    const std::uint32_t color = palette[*from++];
    for (unsigned time = 0; time < kRepeat; ++time) to[time] = color;
  }
}

}  // namespace

void text_pixels(const DisplayMode& mode, const std::vector<Cell>& cells, const Cursor& cursor,
                 unsigned row_scan, std::span<const std::byte> memory, PixelValues& values) {
  const unsigned dots = mode.crtc.char_dots;
  const bool cursor_scan = row_scan >= cursor.first_scan && row_scan <= cursor.last_scan;
  values.resize(cells.size() * dots);
  std::uint8_t* to = values.data();
  for (const Cell& cell : cells) {
    const CellColors colors = colors_of(cell, mode.text);
    unsigned bits = font_row(cell, mode.text, row_scan, memory);
    const bool line_graphic = cell.character >= 0xc0 && cell.character <= 0xdf;
    const bool full = (cell.cursor && cursor_scan) || underlined(cell, mode.text, row_scan);
    if (full) bits = 0xff;
    // Eight dots at once: a byte each that is 0 or 1, times the colour.
    const std::uint64_t eight = kSpread[bits] * std::uint64_t{colors.front} |
                                kSpread[~bits & 0xff] * std::uint64_t{colors.back};
    std::memcpy(to, &eight, sizeof eight);
    if (dots == 9) {
      const bool ninth = full || (mode.text.line_graphics && line_graphic && (bits & 1) != 0);
      to[kDots] = ninth ? colors.front : colors.back;
    }
    to += dots;
  }
}

void graphics_pixels(const DisplayMode& mode, const Line& line, const LegacyWindow& planes,
                     PixelValues& values) {
  const unsigned pixels = mode.kind == ModeKind::kPacked256 ? 4 : kDots;
  values.resize((mode.crtc.columns + 1u) * pixels);
  std::uint8_t* to = values.data();
  for (unsigned column = 0; column <= mode.crtc.columns; ++column, to += pixels) {
    const PlaneWord word = planes.fetch(mode.crtc.address(line.counter + column, line.row_scan));
    if (mode.kind == ModeKind::kPacked256) {
      std::memcpy(to, &word, sizeof word);
      continue;
    }
    const std::uint64_t dots =
        mode.kind == ModeKind::kPlanar ? planar_dots(word) : interleaved_dots(word);
    std::memcpy(to, &dots, sizeof dots);
  }
}

void show_values(const DisplayMode& mode, unsigned pan, const PixelValues& values,
                 const Palette& palette, std::span<std::uint32_t> to) {
  const std::size_t there = values.size() - std::min<std::size_t>(pan, values.size());
  const std::size_t repeat = mode.crtc.repeat_x;
  const std::size_t pixels = std::min(there, to.size() / repeat);
  const std::uint8_t* const from = values.data() + values.size() - there;
  switch (repeat) {
    case 1:
      return show_repeated<1>(from, palette.data(), to.data(), pixels);
    case 2:
      return show_repeated<2>(from, palette.data(), to.data(), pixels);
    default:  // 256 colours at half the dot clock.
      return show_repeated<4>(from, palette.data(), to.data(), pixels);
  }
}

void linear_pixels(const DisplayMode& mode, unsigned y, unsigned first,
                   std::span<const std::byte> memory, const Palette& palette,
                   std::span<std::uint32_t> to) {
  const unsigned bytes = (mode.bits + 7) / 8;
  const std::uint64_t offset = mode.start + y * mode.bytes_per_row + std::uint64_t{first} * bytes;
  const std::byte* const from = memory.subspan(offset, to.size() * bytes).data();
  switch (mode.bits) {
    case 8:
      return convert<1>(from, false, to, [&](std::uint32_t value) { return palette[value]; });
    case 15:
      return convert<2>(from, mode.big_endian, to, kFrom555);
    case 16:
      return convert<2>(from, mode.big_endian, to, kFrom565);
    case 24:
      return convert<3>(from, mode.big_endian, to, without_top_byte);
    default:
      return convert<4>(from, mode.big_endian, to, without_top_byte);
  }
}

}  // namespace minivmm::vga
