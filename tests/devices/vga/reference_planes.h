#pragma once
// The VGA's data path again, as slowly and plainly as the manual's figures show it: bit by bit.

#include <array>
#include <cstdint>
#include <vector>

namespace minivmm::test {

struct ReferencePlanes {
  // As the guest wrote them.
  std::array<unsigned, 5> sequencer{};
  std::array<unsigned, 9> graphics{};

  std::array<std::vector<std::uint8_t>, 4> planes{};
  std::array<std::uint8_t, 4> latches{};

  ReferencePlanes() {
    for (auto& plane : planes) plane.resize(65536);
  }

  static bool bit(unsigned value, unsigned number) { return (value >> number & 1) != 0; }

  unsigned read(unsigned offset) {
    const unsigned address = plane_address(offset);
    for (unsigned plane = 0; plane < 4; ++plane) latches[plane] = planes[plane][address];
    if (bit(graphics[5], 3)) return compare_colors();
    unsigned plane = graphics[4];
    if (bit(graphics[5], 4)) plane = (plane & 2) | (offset & 1);
    if (bit(sequencer[4], 3)) plane = offset & 3;
    return latches[plane];
  }

  void write(unsigned offset, unsigned value) {
    const unsigned address = plane_address(offset);
    for (unsigned plane = 0; plane < 4; ++plane) {
      if (!bit(sequencer[2], plane) || !selected(offset, plane)) continue;
      planes[plane][address] = static_cast<std::uint8_t>(new_byte(plane, value));
    }
  }

 private:
  [[nodiscard]] unsigned plane_address(unsigned offset) const {
    if (bit(sequencer[4], 3)) return offset / 4;
    const unsigned low = offset & 0xffff;
    return bit(graphics[6], 1) ? (low & ~1u) + offset / 65536 : low;
  }
  [[nodiscard]] bool selected(unsigned offset, unsigned plane) const {
    if (bit(sequencer[4], 3)) return plane == offset % 4;
    return bit(sequencer[4], 2) || plane % 2 == offset % 2;
  }
  [[nodiscard]] unsigned compare_colors() const {
    unsigned result = 0;
    for (unsigned number = 0; number < 8; ++number) {
      bool same = true;
      for (unsigned plane = 0; plane < 4; ++plane) {
        if (!bit(graphics[7], plane)) continue;
        same = same && bit(latches[plane], number) == bit(graphics[2], plane);
      }
      result |= same ? 1u << number : 0;
    }
    return result;
  }
  [[nodiscard]] unsigned new_byte(unsigned plane, unsigned value) const {
    const unsigned write_mode = graphics[5] & 3;
    if (write_mode == 1) return latches[plane];
    unsigned rotated = value;
    for (unsigned turn = 0; turn < (graphics[3] & 7); ++turn) {
      rotated = rotated / 2 + rotated % 2 * 128;
    }
    unsigned result = 0;
    for (unsigned number = 0; number < 8; ++number) {
      bool data = bit(rotated, number);
      bool mask = bit(graphics[8], number);
      if (write_mode == 0 && bit(graphics[1], plane)) data = bit(graphics[0], plane);
      if (write_mode == 2) data = bit(value, plane);
      if (write_mode == 3) {
        mask = mask && bit(rotated, number);
        data = bit(graphics[0], plane);
      }
      const bool latch = bit(latches[plane], number);
      const unsigned function = graphics[3] >> 3 & 3;
      if (function == 1) data = data && latch;
      if (function == 2) data = data || latch;
      if (function == 3) data = data != latch;
      if (mask ? data : latch) result |= 1u << number;
    }
    return result;
  }
};

}  // namespace minivmm::test
