#include "devices/vga/ports.h"

#include <algorithm>
#include <span>

namespace minivmm::vga {

namespace {

constexpr std::uint8_t kNobody = 0xff;

// Ports (the manual, 2-11); those of the CRTC's group as at a colour adapter.
constexpr unsigned kAttributeIndex = 0x3c0;
constexpr unsigned kAttributeData = 0x3c1;
constexpr unsigned kMiscellaneousWrite = 0x3c2;  // Reads as Input Status 0.
constexpr unsigned kVideoEnable = 0x3c3;
constexpr unsigned kSequencerIndex = 0x3c4;
constexpr unsigned kSequencerData = 0x3c5;
constexpr unsigned kDacMask = 0x3c6;
constexpr unsigned kDacReadIndex = 0x3c7;
constexpr unsigned kDacWriteIndex = 0x3c8;
constexpr unsigned kDacData = 0x3c9;
constexpr unsigned kFeatureControlRead = 0x3ca;
constexpr unsigned kMiscellaneousRead = 0x3cc;
constexpr unsigned kGraphicsIndex = 0x3ce;
constexpr unsigned kGraphicsData = 0x3cf;
constexpr unsigned kCrtcIndex = 0x3d4;
constexpr unsigned kCrtcData = 0x3d5;
constexpr unsigned kInputStatus1 = 0x3da;  // Writes as Feature Control.

constexpr unsigned kMonoGroup = 0x3b0;
constexpr unsigned kColorGroup = 0x3d0;

// Input Status 0: the monitor's sense line, which is how old software tells that there is one.
constexpr std::uint8_t kSwitchSense = 1u << 4;
// Input Status 1.
constexpr std::uint8_t kDisplayDisabled = 1u << 0;
constexpr std::uint8_t kVerticalRetrace = 1u << 3;
// DAC State.
constexpr std::uint8_t kDacStateRead = 3;

// Bits that exist (the manual's register descriptions).
constexpr std::array<std::uint8_t, 5> kSequencerBits{0x03, 0x3d, 0x0f, 0x3f, 0x0e};
constexpr std::array<std::uint8_t, 9> kGraphicsBits{0x0f, 0x0f, 0x0f, 0x1f, 0x03,
                                                    0x7b, 0x0f, 0x0f, 0xff};
constexpr std::uint8_t kPaletteBits = 0x3f;
constexpr std::uint8_t kOverflowLineCompare = 1u << 4;

template <std::size_t kCount>
std::uint8_t get(const std::array<std::uint8_t, kCount>& group, unsigned index) {
  return index < kCount ? group[index] : std::uint8_t{0};
}

bool put(std::uint8_t& place, unsigned value) {
  const bool changed = place != value;
  place = static_cast<std::uint8_t>(value);
  return changed;
}

}  // namespace

bool Ports::decodes(Port port) const {
  if (port.value == kVideoEnable) return true;
  if ((registers_.video_enable & 1) == 0) return false;
  const bool color = (registers_.miscellaneous & kMiscColorPorts) != 0;
  const unsigned group = port.value & 0xfff0u;
  return group == kAttributeIndex || group == (color ? kColorGroup : kMonoGroup);
}

std::uint8_t Ports::read(Port port) {
  if (!decodes(port)) return kNobody;
  Registers& r = registers_;
  switch (port.value) {
    case kAttributeIndex:
      return r.attribute_index;
    case kAttributeData:
      return get(r.attribute, r.attribute_index & 0x1fu);
    case kMiscellaneousWrite:
      return kSwitchSense;
    case kVideoEnable:
      return r.video_enable;
    case kSequencerIndex:
      return r.sequencer_index;
    case kSequencerData:
      return get(r.sequencer, r.sequencer_index);
    case kDacMask:
      return r.dac_mask;
    case kDacReadIndex:
      return r.dac_reading ? kDacStateRead : std::uint8_t{0};
    case kDacWriteIndex:
      return r.dac_write_index;
    case kDacData:
      return read_dac_data();
    case kFeatureControlRead:
      return r.feature_control;
    case kMiscellaneousRead:
      return r.miscellaneous;
    case kGraphicsIndex:
      return r.graphics_index;
    case kGraphicsData:
      return get(r.graphics, r.graphics_index);
    default:
      return read_crtc_group(port.value & 0x0fu);
  }
}

std::uint8_t Ports::read_crtc_group(unsigned port) {
  switch (port) {
    case kCrtcIndex & 0x0f:
      return registers_.crtc_index;
    case kCrtcData & 0x0f:
      return get(registers_.crtc, registers_.crtc_index);
    case kInputStatus1 & 0x0f:
      registers_.attribute_data_next = false;
      return input_status_1();
    default:
      return kNobody;
  }
}

std::uint8_t Ports::read_dac_data() {
  Registers& r = registers_;
  const std::uint8_t value = r.dac[r.dac_read_index][r.dac_component];
  if (++r.dac_component == 3) {
    r.dac_component = 0;
    ++r.dac_read_index;
  }
  return value;
}

std::uint8_t Ports::input_status_1() const {
  // Where the beam is, from the clock and the CRTC's own timing. The retrace is told for all of
  // the vertical blanking: its real 64 us are less than a guest needs to look twice.
  const auto& cr = registers_.crtc;
  const unsigned overflow = cr[kCrOverflow];
  const unsigned lines =
      (cr[kCrVerticalTotal] | (overflow & 0x01) << 8 | (overflow & 0x20) << 4) + 2;
  const unsigned shown =
      (cr[kCrVerticalDisplayEnd] | (overflow & 0x02) << 7 | (overflow & 0x40) << 3) + 1;
  const unsigned characters = cr[kCrHorizontalTotal] + 5u;
  const unsigned dots = (registers_.sequencer[kSrClockingMode] & kClocking8Dots) != 0 ? 8 : 9;
  const std::uint64_t dot_clock =
      (registers_.miscellaneous & kMiscClock28) != 0 ? 28'322'000 : 25'175'000;  // Hz.

  const std::uint64_t line_ns =
      std::max<std::uint64_t>(std::uint64_t{characters} * dots * 1'000'000'000 / dot_clock, 1'000);
  const auto now = static_cast<std::uint64_t>(clock_.monotonic().count());
  const std::uint64_t line = now / line_ns % lines;
  // A frame without blanking would make a guest wait for ever.
  const std::uint64_t blank_from = std::min(shown, lines - lines / 16 - 1);
  if (line >= blank_from) return kDisplayDisabled | kVerticalRetrace;
  return now % line_ns * 5 >= line_ns * 4 ? kDisplayDisabled : std::uint8_t{0};
}

bool Ports::write(Port port, std::uint8_t value) {
  if (!decodes(port)) return false;
  Registers& r = registers_;
  switch (port.value) {
    case kAttributeIndex:
      return write_attribute(value);
    case kMiscellaneousWrite:
      return put(r.miscellaneous, value);
    case kVideoEnable:
      return put(r.video_enable, value & 1u);
    case kSequencerIndex:
      r.sequencer_index = value & 0x07;
      return false;
    case kSequencerData:
      return r.sequencer_index < r.sequencer.size() &&
             put(r.sequencer[r.sequencer_index], value & kSequencerBits[r.sequencer_index]);
    case kDacMask:
      return put(r.dac_mask, value);
    case kDacReadIndex:
      r.dac_read_index = value;
      r.dac_component = 0;
      r.dac_reading = true;
      return false;
    case kDacWriteIndex:
      r.dac_write_index = value;
      r.dac_component = 0;
      r.dac_reading = false;
      return false;
    case kDacData:
      return write_dac_data(value);
    case kGraphicsIndex:
      r.graphics_index = value & 0x0f;
      return false;
    case kGraphicsData:
      return r.graphics_index < r.graphics.size() &&
             put(r.graphics[r.graphics_index], value & kGraphicsBits[r.graphics_index]);
    default:
      return write_crtc_group(port.value, value);
  }
}

bool Ports::write_crtc_group(unsigned port, std::uint8_t value) {
  if ((port & 0xfff0) == kAttributeIndex) return false;  // The rest of 0x3cx is read-only.
  switch (port & 0x0f) {
    case kCrtcIndex & 0x0f:
      registers_.crtc_index = value & 0x3f;
      return false;
    case kCrtcData & 0x0f:
      return write_crtc(value);
    case kInputStatus1 & 0x0f:
      registers_.feature_control = value & 0x0b;
      return false;
    default:
      return false;
  }
}

bool Ports::write_attribute(std::uint8_t value) {
  Registers& r = registers_;
  const bool is_data = r.attribute_data_next;
  r.attribute_data_next = !is_data;
  if (!is_data) {
    const bool was_on = (r.attribute_index & kPaletteAddressSource) != 0;
    r.attribute_index = value & 0x3f;
    return was_on != ((value & kPaletteAddressSource) != 0);
  }
  const unsigned index = r.attribute_index & 0x1fu;
  if (index >= r.attribute.size()) return false;
  return put(r.attribute[index], index < kArModeControl ? value & kPaletteBits : value);
}

bool Ports::write_crtc(std::uint8_t value) {
  Registers& r = registers_;
  const unsigned index = r.crtc_index;
  if (index >= r.crtc.size()) return false;
  const bool is_protected =
      index <= kCrOverflow && (r.crtc[kCrVerticalRetraceEnd] & kProtectRegisters0To7) != 0;
  if (!is_protected) return put(r.crtc[index], value);
  if (index != kCrOverflow) return false;
  // Line Compare's bit 8 is not protected (the manual, Vertical Retrace End, bit 7).
  const unsigned kept = r.crtc[index] & ~std::uint32_t{kOverflowLineCompare};
  return put(r.crtc[index], kept | (value & kOverflowLineCompare));
}

bool Ports::write_dac_data(std::uint8_t value) {
  Registers& r = registers_;
  r.dac_partial[r.dac_component] = r.dac_8_bit ? value : value & 0x3f;
  if (++r.dac_component < 3) return false;
  r.dac_component = 0;
  const bool changed = r.dac[r.dac_write_index] != r.dac_partial;
  r.dac[r.dac_write_index++] = r.dac_partial;
  return changed;
}

}  // namespace minivmm::vga
