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

template <unsigned kBytes>
std::uint32_t load_pixel(const std::byte* from, bool big_endian) {
  std::uint32_t value = 0;
  for (unsigned byte = 0; byte < kBytes; ++byte) {
    const unsigned shift = 8 * (big_endian ? kBytes - 1 - byte : byte);
    value |= std::to_integer<std::uint32_t>(from[byte]) << shift;
  }
  return value;
}

std::uint32_t from_555(std::uint32_t value) {
  const auto wide = [](std::uint32_t five) { return five << 3 | five >> 2; };
  return wide(value >> 10 & 31) << 16 | wide(value >> 5 & 31) << 8 | wide(value & 31);
}

std::uint32_t from_565(std::uint32_t value) {
  const auto wide = [](std::uint32_t five) { return five << 3 | five >> 2; };
  const std::uint32_t six = value >> 5 & 63;
  return wide(value >> 11 & 31) << 16 | (six << 2 | six >> 4) << 8 | wide(value & 31);
}

template <unsigned kBytes, typename Color>
void convert(const std::byte* from, bool big_endian, std::span<std::uint32_t> to, Color color) {
  for (std::uint32_t& pixel : to) {
    pixel = color(load_pixel<kBytes>(from, big_endian));
    from += kBytes;
  }
}

/// The usual case, as plain as a compiler likes it.
void convert_32(const std::byte* from, std::span<std::uint32_t> to) {
  for (std::size_t x = 0; x < to.size(); ++x) {
    std::uint32_t value = 0;
    std::memcpy(&value, from + x * 4, sizeof value);
    to[x] = value & 0x00ff'ffff;
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
    unsigned bits = font_row(cell, mode.text, row_scan, memory) * 2u;  // The ninth dot is bit 0.
    const bool line_graphic = cell.character >= 0xc0 && cell.character <= 0xdf;
    if (mode.text.line_graphics && line_graphic) bits |= bits >> 1 & 1;
    if ((cell.cursor && cursor_scan) || underlined(cell, mode.text, row_scan)) bits = 0x1ff;
    for (unsigned dot = 0; dot < dots; ++dot) {
      *to++ = (bits & 0x100u >> dot) != 0 ? colors.front : colors.back;
    }
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
  // 256 colours: some modes have fewer dots than the pixels' own width divides.
  const std::size_t repeat = mode.crtc.repeat_x;
  std::size_t from = pan;
  for (std::size_t x = 0; x < to.size() && from < values.size(); ++from) {
    const std::uint32_t color = palette[values[from]];
    const std::size_t end = std::min(x + repeat, to.size());
    while (x < end) to[x++] = color;
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
      return convert<2>(from, mode.big_endian, to, from_555);
    case 16:
      return convert<2>(from, mode.big_endian, to, from_565);
    case 24:
      return convert<3>(from, mode.big_endian, to, [](std::uint32_t value) { return value; });
    default:
      if (!mode.big_endian) return convert_32(from, to);
      return convert<4>(from, true, to, [](std::uint32_t value) { return value & 0xff'ffff; });
  }
}

}  // namespace minivmm::vga
