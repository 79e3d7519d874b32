#include "vga/modes.h"

#include "lib/io.h"

using namespace guest;
using pictures::Mode;

namespace {

// The VGA's ports (IBM PS/2 Hardware Interface Technical Reference, Video Subsystem).
constexpr std::uint16_t kAttribute = 0x3c0, kMiscellaneous = 0x3c2, kSequencer = 0x3c4;
constexpr std::uint16_t kDacMask = 0x3c6, kDacWriteIndex = 0x3c8, kDacData = 0x3c9;
constexpr std::uint16_t kGraphics = 0x3ce, kCrtc = 0x3d4, kInputStatus1 = 0x3da;
constexpr std::uint8_t kPaletteAddressSource = 0x20;

// Bochs's (QEMU's docs/specs/standard-vga).
constexpr std::uint16_t kDispiIndex = 0x1ce, kDispiData = 0x1cf;
constexpr std::uint16_t kDispiId = 0, kDispiXres = 1, kDispiYres = 2, kDispiBpp = 3;
constexpr std::uint16_t kDispiEnable = 4;
constexpr std::uint16_t kDispiEnabled = 0x01, kDispiLinear = 0x40;

struct Registers {
  std::uint8_t miscellaneous;
  std::uint8_t sequencer[5];
  std::uint8_t crtc[25];
  std::uint8_t graphics[9];
  std::uint8_t attribute_mode;  // Of the attribute controller: Mode Control.
};

// What IBM's BIOS writes for modes 3, 12h and 13h; mode X is the last without chain-4, and with
// mode 12h's lines. Text has no cursor and no blinking, because a picture of it would be two.
constexpr Registers kText = {
    0x67,
    {0x03, 0x00, 0x03, 0x00, 0x02},
    {0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x2d, 0x0e, 0x00,
     0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff},
    {0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0e, 0x00, 0xff},
    0x04};
constexpr Registers kPlanar = {
    0xe3,
    {0x03, 0x01, 0x0f, 0x00, 0x06},
    {0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80, 0x0b, 0x3e, 0x00, 0x40, 0x00, 0x00, 0x00,
     0x00, 0x00, 0x00, 0xea, 0x8c, 0xdf, 0x28, 0x00, 0xe7, 0x04, 0xe3, 0xff},
    {0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x05, 0x0f, 0xff},
    0x01};
constexpr Registers kMode13 = {
    0x63,
    {0x03, 0x01, 0x0f, 0x00, 0x0e},
    {0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80, 0xbf, 0x1f, 0x00, 0x41, 0x00, 0x00, 0x00,
     0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f, 0x28, 0x40, 0x96, 0xb9, 0xa3, 0xff},
    {0x00, 0x00, 0x00, 0x00, 0x00, 0x40, 0x05, 0x0f, 0xff},
    0x41};
constexpr Registers kModeX = {
    0xe3,
    {0x03, 0x01, 0x0f, 0x00, 0x06},
    {0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80, 0x0d, 0x3e, 0x00, 0x41, 0x00, 0x00, 0x00,
     0x00, 0x00, 0x00, 0xea, 0xac, 0xdf, 0x28, 0x00, 0xe7, 0x06, 0xe3, 0xff},
    {0x00, 0x00, 0x00, 0x00, 0x00, 0x40, 0x05, 0x0f, 0xff},
    0x41};

const Registers& registers_of(Mode mode) {
  switch (mode) {
    case Mode::kText:
      return kText;
    case Mode::kPlanar:
      return kPlanar;
    case Mode::kModeX:
      return kModeX;
    default:
      return kMode13;
  }
}

void write_indexed(std::uint16_t port, std::uint8_t index, std::uint8_t value) {
  out8(port, index);
  out8(static_cast<std::uint16_t>(port + 1), value);
}

void write_attribute(std::uint8_t index, std::uint8_t value) {
  out8(kAttribute, index);
  out8(kAttribute, value);
}

void write_dispi(std::uint16_t index, std::uint16_t value) {
  out16(kDispiIndex, index);
  out16(kDispiData, value);
}

std::uint16_t read_dispi(std::uint16_t index) {
  out16(kDispiIndex, index);
  return in16(kDispiData);
}

// Index 0x10 to 0x14: Mode Control, Overscan, Color Plane Enable, Horizontal PEL Panning, Color
// Select. The 16 before them are the palette, here one to one.
void set_attributes(const Registers& registers) {
  constexpr std::uint8_t kPaletteEntries = 16;
  (void)in8(kInputStatus1);  // The next write is an index.
  for (std::uint8_t i = 0; i < kPaletteEntries; ++i) write_attribute(i, i);
  write_attribute(0x10, registers.attribute_mode);
  write_attribute(0x11, 0);
  write_attribute(0x12, 0x0f);
  write_attribute(0x13, (registers.sequencer[1] & 1) != 0 ? 0 : 8);  // Nine dots begin at 8.
  write_attribute(0x14, 0);
  out8(kAttribute, kPaletteAddressSource);
}

}  // namespace

void write_sequencer(std::uint8_t index, std::uint8_t value) {
  write_indexed(kSequencer, index, value);
}

void write_graphics(std::uint8_t index, std::uint8_t value) {
  write_indexed(kGraphics, index, value);
}

void set_vga_mode(Mode mode) {
  const Registers& registers = registers_of(mode);
  write_dispi(kDispiEnable, 0);
  out8(kMiscellaneous, registers.miscellaneous);
  for (std::uint8_t i = 0; i < sizeof registers.sequencer; ++i) {
    write_sequencer(i, registers.sequencer[i]);
  }
  write_indexed(kCrtc, 0x11, 0);  // Its bit 7 protects the first eight.
  for (std::uint8_t i = 0; i < sizeof registers.crtc; ++i) {
    write_indexed(kCrtc, i, registers.crtc[i]);
  }
  for (std::uint8_t i = 0; i < sizeof registers.graphics; ++i) {
    write_graphics(i, registers.graphics[i]);
  }
  set_attributes(registers);
  set_palette();
}

bool set_linear_mode(unsigned width, unsigned height, unsigned bits) {
  constexpr std::uint16_t kOldestWithLinear = 0xb0c2;
  if (read_dispi(kDispiId) < kOldestWithLinear) return false;
  write_dispi(kDispiEnable, 0);
  write_dispi(kDispiXres, static_cast<std::uint16_t>(width));
  write_dispi(kDispiYres, static_cast<std::uint16_t>(height));
  write_dispi(kDispiBpp, static_cast<std::uint16_t>(bits));
  write_dispi(kDispiEnable, kDispiEnabled | kDispiLinear);
  (void)in8(kInputStatus1);
  out8(kAttribute, kPaletteAddressSource);
  write_sequencer(1, 1);  // The screen on.
  return read_dispi(kDispiXres) == width && read_dispi(kDispiYres) == height;
}

void set_palette() {
  constexpr unsigned kEntries = 256;
  out8(kDacMask, 0xff);
  out8(kDacWriteIndex, 0);
  for (unsigned entry = 0; entry < kEntries; ++entry) {
    for (unsigned component = 0; component < 3; ++component) {
      out8(kDacData, pictures::dac(entry, component));
    }
  }
}
