#include "devices/vga/dispi.h"

#include <algorithm>

namespace minivmm::vga {

namespace {

constexpr std::uint16_t kFirstId = 0xb0c0;
constexpr std::uint16_t kLastId = 0xb0c5;
constexpr std::uint16_t kMaxBits = 32;

bool valid_bits(std::uint16_t bits) {
  switch (bits) {
    case 4:
    case 8:
    case 15:
    case 16:
    case 24:
    case 32:
      return true;
    default:
      return false;
  }
}

std::uint16_t narrow(std::uint64_t value) {
  return static_cast<std::uint16_t>(std::min<std::uint64_t>(value, 0xffff));
}

}  // namespace

/// pixels in a row: for 4 bits, bytes of one plane.
std::uint64_t Dispi::bytes_for(std::uint64_t pixels) const {
  if (state_.bits == 4) return pixels / 8;
  return pixels * ((state_.bits + 7u) / 8);
}

/// What bytes_for() is measured against.
std::uint64_t Dispi::memory() const {
  return state_.bits == 4 ? vram_ / 4 : vram_;
}

std::uint16_t Dispi::read(unsigned index) const {
  const bool capabilities = (state_.enable & kGetCapabilities) != 0;
  switch (index) {
    case kId:
      return state_.id;
    case kXres:
      return capabilities ? std::uint16_t{kMaxWidth} : state_.xres;
    case kYres:
      return capabilities ? std::uint16_t{kMaxHeight} : state_.yres;
    case kBpp:
      return capabilities ? kMaxBits : state_.bits;
    case kEnable:
      return state_.enable;
    case kBank:
      return state_.bank;
    case kVirtualWidth:
      return state_.virtual_width;
    case kVirtualHeight: {
      const std::uint64_t row = bytes_for(state_.virtual_width);
      return row == 0 ? std::uint16_t{0} : narrow(memory() / row);
    }
    case kXOffset:
      return state_.x_offset;
    case kYOffset:
      return state_.y_offset;
    case kVideoMemory64K:
      return narrow(vram_ >> 16);
    default:
      return 0;
  }
}

Dispi::Effect Dispi::write(unsigned index, std::uint16_t value) {
  switch (index) {
    case kId:
      if (value >= kFirstId && value <= kLastId) state_.id = value;
      return Effect::kNone;
    case kXres:
      state_.xres = value;
      break;
    case kYres:
      state_.yres = value;
      break;
    case kBpp:
      if (value == 0) value = 8;  // As the oldest version of the interface had it.
      if (!valid_bits(value)) return Effect::kNone;
      state_.bits = value;
      break;
    case kEnable:
      return write_enable(value);
    case kBank:
      state_.bank = static_cast<std::uint16_t>(value & ((vram_ >> 16) - 1));
      return Effect::kChanged;
    case kVirtualWidth:
      state_.virtual_width = value;
      break;
    case kXOffset:
      state_.x_offset = value;
      break;
    case kYOffset:
      state_.y_offset = value;
      break;
    default:
      return Effect::kNone;  // The virtual height follows from the width; the rest is read-only.
  }
  keep_in_bounds();
  return Effect::kChanged;
}

Dispi::Effect Dispi::write_enable(std::uint16_t value) {
  const bool was_enabled = (state_.enable & kEnabled) != 0;
  state_.enable = value;
  if ((value & kEnabled) == 0) {
    state_.bank = 0;
    return Effect::kChanged;
  }
  if (was_enabled) return Effect::kChanged;
  state_.virtual_width = state_.xres;
  state_.x_offset = 0;
  state_.y_offset = 0;
  state_.bank = 0;
  keep_in_bounds();
  return (value & kNoClearMemory) != 0 ? Effect::kChanged : Effect::kChangedAndCleared;
}

void Dispi::keep_in_bounds() {
  // A guest may set the registers in any order before it enables the mode.
  if ((state_.enable & kEnabled) == 0) return;
  State& s = state_;
  s.xres = std::clamp<std::uint16_t>(s.xres, 8, kMaxWidth);
  s.yres = std::clamp<std::uint16_t>(s.yres, 1, kMaxHeight);
  // Whole bytes of a plane.
  const unsigned width = (std::max<unsigned>(s.virtual_width, s.xres) + 7) & ~7u;
  s.virtual_width = narrow(std::min(width, 0xfff8u));

  // Rows are at most 65528 pixels of 4 bytes, so that at least four fit into 1 MiB.
  const std::uint64_t rows = memory() / bytes_for(s.virtual_width);
  s.yres = std::min(s.yres, narrow(rows));
  s.x_offset = std::min(s.x_offset, static_cast<std::uint16_t>(s.virtual_width - s.xres));
  s.y_offset = std::min(s.y_offset, narrow(rows - s.yres));
}

std::optional<DispiMode> Dispi::mode() const {
  if ((state_.enable & kEnabled) == 0) return std::nullopt;
  DispiMode mode;
  mode.width = state_.xres;
  mode.height = state_.yres;
  mode.bits = state_.bits;
  mode.bytes_per_row = bytes_for(state_.virtual_width);
  mode.start = state_.y_offset * mode.bytes_per_row + bytes_for(state_.x_offset);
  if (state_.bits == 4) mode.first_pixel = state_.x_offset % 8u;
  return mode;
}

}  // namespace minivmm::vga
