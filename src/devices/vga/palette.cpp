#include "devices/vga/palette.h"

namespace minivmm::vga {

namespace {

std::uint32_t component(std::uint8_t value, bool is_8_bit) {
  if (is_8_bit) return value;
  const std::uint32_t six = value & 0x3fu;
  return six << 2 | six >> 4;  // So that 63 becomes 255.
}

std::uint32_t color(const Registers& r, unsigned index) {
  const DacEntry& entry = r.dac[index & r.dac_mask];
  return component(entry[0], r.dac_8_bit) << 16 | component(entry[1], r.dac_8_bit) << 8 |
         component(entry[2], r.dac_8_bit);
}

/// The DAC's index of one of 16 colours (the manual, Attribute Mode Control and Color Select).
unsigned through_attributes(const Registers& r, unsigned value) {
  const unsigned select = r.attribute[kArColorSelect];
  unsigned index = r.attribute[value & r.attribute[kArColorPlaneEnable] & 0x0fu];
  if ((r.attribute[kArModeControl] & kAttributeColorSelect) != 0) {
    index = (index & 0x0f) | (select & 0x03) << 4;
  }
  return index | (select & 0x0c) << 4;
}

}  // namespace

Palette palette_of(const Registers& registers, ModeKind kind) {
  Palette palette{};
  const bool all = kind == ModeKind::kPacked256 || kind == ModeKind::kLinear;
  for (unsigned value = 0; value < (all ? 256 : 16); ++value) {
    palette[value] = color(registers, all ? value : through_attributes(registers, value));
  }
  return palette;
}

}  // namespace minivmm::vga
