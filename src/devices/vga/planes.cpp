#include "devices/vga/planes.h"

#include <array>
#include <bit>

namespace minivmm::vga {

namespace {

static_assert(std::endian::native == std::endian::little, "PlaneWord is stored as it is");

constexpr std::array<PlaneWord, 16> kExpanded{
    0x00000000, 0x000000ff, 0x0000ff00, 0x0000ffff, 0x00ff0000, 0x00ff00ff, 0x00ffff00, 0x00ffffff,
    0xff000000, 0xff0000ff, 0xff00ff00, 0xff00ffff, 0xffff0000, 0xffff00ff, 0xffffff00, 0xffffffff};

PlaneWord in_all_planes(unsigned byte) {
  return (byte & 0xff) * 0x01010101u;
}

/// Data Rotate's bits 4:3.
PlaneWord combine(const Registers& registers, PlaneWord data, PlaneWord latches) {
  switch (registers.graphics[kGrDataRotate] >> 3 & 3) {
    case 1:
      return data & latches;
    case 2:
      return data | latches;
    case 3:
      return data ^ latches;
    default:
      return data;
  }
}

}  // namespace

PlaneWord expand_planes(unsigned planes) {
  return kExpanded[planes & 0xf];
}

std::uint8_t read_through(const Registers& registers, PlaneWord word, unsigned plane) {
  const auto& gr = registers.graphics;
  if ((gr[kGrMode] & kModeReadCompare) == 0) {
    return static_cast<std::uint8_t>(word >> (plane & 3) * 8);
  }
  PlaneWord differs =
      (word ^ expand_planes(gr[kGrColorCompare])) & expand_planes(gr[kGrColorDontCare]);
  differs |= differs >> 16;
  differs |= differs >> 8;
  return static_cast<std::uint8_t>(~differs);
}

PlaneWord write_through(const Registers& registers, PlaneWord latches, PlaneWord old,
                        std::uint8_t value, unsigned planes) {
  const auto& gr = registers.graphics;
  const unsigned rotated = std::rotr(value, gr[kGrDataRotate] & 7);
  const PlaneWord set_reset = expand_planes(gr[kGrSetReset]);
  PlaneWord bit_mask = in_all_planes(gr[kGrBitMask]);
  PlaneWord data = 0;
  switch (gr[kGrMode] & kModeWrite) {
    case 0: {
      const PlaneWord from_set_reset = expand_planes(gr[kGrEnableSetReset]);
      data = (in_all_planes(rotated) & ~from_set_reset) | (set_reset & from_set_reset);
      break;
    }
    case 1:  // The latches as they are.
      data = latches;
      bit_mask = 0;
      break;
    case 2:  // A colour for all eight pixels.
      data = expand_planes(value);
      break;
    default:  // A colour for the pixels that the data selects.
      data = set_reset;
      bit_mask &= in_all_planes(rotated);
      break;
  }
  data = (combine(registers, data, latches) & bit_mask) | (latches & ~bit_mask);
  const PlaneWord written = expand_planes(planes);
  return (data & written) | (old & ~written);
}

bool passes_through(const Registers& registers) {
  const auto& gr = registers.graphics;
  return (gr[kGrMode] & (kModeWrite | kModeReadCompare)) == 0 && gr[kGrDataRotate] == 0 &&
         gr[kGrEnableSetReset] == 0 && gr[kGrBitMask] == 0xff;
}

}  // namespace minivmm::vga
