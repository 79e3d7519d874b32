#include "vga/draw.h"

#include "lib/io.h"
#include "vga/modes.h"

using namespace guest;
using namespace pictures;

namespace {

constexpr std::uintptr_t kGraphicsWindow = 0xa0000, kTextWindow = 0xb8000;

constexpr std::uint8_t kMapMask = 2, kMemoryMode = 4;                  // Sequencer.
constexpr std::uint8_t kSetReset = 0, kEnableSetReset = 1, kMode = 5;  // Graphics controller.
constexpr std::uint8_t kMiscellaneous = 6, kBitMask = 8;
constexpr std::uint8_t kAllPlanes = 0x0f;

// Plain moves of eight bytes: where each write leaves the guest, there are few of them.
void write64(std::uintptr_t address, std::uint64_t value) {
  asm volatile("movq %0, (%1)" : : "r"(value), "r"(address) : "memory");
}

// Plane 2 by itself, at 0xa0000, as every BIOS loads a font: 32 bytes a character.
void load_font() {
  constexpr unsigned kCharacters = 256, kBytesPerGlyph = 32;
  write_sequencer(kMapMask, 0x04);
  write_sequencer(kMemoryMode, 0x06);
  write_graphics(kMode, 0x00);
  write_graphics(kMiscellaneous, 0x04);
  for (unsigned code = 0; code < kCharacters; ++code) {
    for (unsigned line = 0; line < kGlyphHeight; line += 8) {
      std::uint64_t lines = 0;
      for (unsigned i = 0; i < 8; ++i) {
        const std::uint64_t dots = glyph(static_cast<std::uint8_t>(code), line + i);
        lines |= dots << 8 * i;
      }
      write64(kGraphicsWindow + code * kBytesPerGlyph + line, lines);
    }
  }
  write_sequencer(kMapMask, 0x03);
  write_sequencer(kMemoryMode, 0x02);
  write_graphics(kMode, 0x10);
  write_graphics(kMiscellaneous, 0x0e);
}

void draw_text() {
  load_font();
  for (unsigned row = 0; row < kRows; ++row) {
    for (unsigned column = 0; column < kColumns; ++column) {
      const unsigned cell = attribute(column, row) * 256u + character(column, row);
      write16(kTextWindow + 2 * (row * kColumns + column), static_cast<std::uint16_t>(cell));
    }
  }
}

// Stripes of 64 pixels, which are eight bytes, by Set/Reset; then the corner, pixel by pixel, by
// write mode 2 and Bit Mask.
void draw_planar() {
  constexpr unsigned kBytesPerRow = 80, kStripe = 64, kCorner = 64;
  write_sequencer(kMapMask, kAllPlanes);
  write_graphics(kEnableSetReset, kAllPlanes);
  for (unsigned y = 0; y < 480; ++y) {
    for (unsigned x = 0; x < 640; x += kStripe) {
      // The corner's pixels come later.
      const unsigned column = y < kCorner && x == 0 ? kStripe : x;
      write_graphics(kSetReset, entry(Mode::kPlanar, column, y));
      write64(kGraphicsWindow + y * kBytesPerRow + x / 8, ~0ull);
    }
  }
  write_graphics(kEnableSetReset, 0);
  write_graphics(kMode, 2);
  for (unsigned bit = 0; bit < 8; ++bit) {
    write_graphics(kBitMask, static_cast<std::uint8_t>(0x80 >> bit));
    for (unsigned y = 0; y < kCorner; ++y) {
      for (unsigned x = bit; x < kCorner; x += 8) {
        const std::uintptr_t address = kGraphicsWindow + y * kBytesPerRow + x / 8;
        (void)read8(address);  // Latches the other pixels.
        write8(address, entry(Mode::kPlanar, x, y));
      }
    }
  }
}

// A plane has every fourth pixel.
void draw_mode_x() {
  constexpr unsigned kPlanes = 4, kBytesPerRow = 80;
  for (unsigned plane = 0; plane < kPlanes; ++plane) {
    write_sequencer(kMapMask, static_cast<std::uint8_t>(1u << plane));
    for (unsigned y = 0; y < 240; ++y) {
      for (unsigned at = 0; at < kBytesPerRow; at += 8) {
        std::uint64_t pixels = 0;
        for (unsigned i = 0; i < 8; ++i) {
          const std::uint64_t pixel = entry(Mode::kModeX, (at + i) * kPlanes + plane, y);
          pixels |= pixel << 8 * i;
        }
        write64(kGraphicsWindow + y * kBytesPerRow + at, pixels);
      }
    }
  }
}

void draw_mode_13() {
  for (unsigned y = 0; y < 200; ++y) {
    for (unsigned x = 0; x < 320; ++x) {
      write8(kGraphicsWindow + y * 320 + x, entry(Mode::kMode13, x, y));
    }
  }
}

}  // namespace

void draw_in_window(Mode mode) {
  switch (mode) {
    case Mode::kText:
      return draw_text();
    case Mode::kPlanar:
      return draw_planar();
    case Mode::kModeX:
      return draw_mode_x();
    default:
      return draw_mode_13();
  }
}

void draw_linear(Mode mode, std::uintptr_t framebuffer) {
  const Shape& shape = kShapes[static_cast<unsigned>(mode)];
  for (unsigned y = 0; y < shape.height; ++y) {
    for (unsigned x = 0; x < shape.width; ++x) {
      const std::uintptr_t pixel = y * shape.width + x;
      if (mode == Mode::kLinear32) {
        write32(framebuffer + 4 * pixel, pixel32(x, y));
      } else if (mode == Mode::kLinear16) {
        write16(framebuffer + 2 * pixel, pixel16(x, y));
      } else {
        write8(framebuffer + pixel, entry(mode, x, y));
      }
    }
  }
}
