#pragma once
// The VGA's registers as a guest left them, and the names of their bits (IBM VGA/XGA Technical
// Reference Manual, May 1992, chapter 2; "the manual" in this folder).

#include <array>
#include <cstdint>

namespace minivmm::vga {

// Miscellaneous Output.
inline constexpr std::uint8_t kMiscColorPorts = 1u << 0;  // The CRTC is at 0x3d4, else at 0x3b4.
inline constexpr std::uint8_t kMiscEnableRam = 1u << 1;
inline constexpr std::uint8_t kMiscClock28 = 1u << 2;  // Bits 3:2: 28.322 MHz, else 25.175 MHz.

// Sequencer.
inline constexpr unsigned kSrClockingMode = 1;
inline constexpr std::uint8_t kClocking8Dots = 1u << 0;
inline constexpr std::uint8_t kClockingHalfDotClock = 1u << 3;
inline constexpr std::uint8_t kClockingScreenOff = 1u << 5;
inline constexpr unsigned kSrMapMask = 2;
inline constexpr unsigned kSrCharacterMap = 3;
inline constexpr unsigned kSrMemoryMode = 4;
inline constexpr std::uint8_t kMemoryNotOddEven = 1u << 2;
inline constexpr std::uint8_t kMemoryChain4 = 1u << 3;

// Graphics controller.
inline constexpr unsigned kGrSetReset = 0;
inline constexpr unsigned kGrEnableSetReset = 1;
inline constexpr unsigned kGrColorCompare = 2;
inline constexpr unsigned kGrDataRotate = 3;
inline constexpr unsigned kGrReadMap = 4;
inline constexpr unsigned kGrMode = 5;
inline constexpr std::uint8_t kModeWrite = 0x03;
inline constexpr std::uint8_t kModeReadCompare = 1u << 3;
inline constexpr std::uint8_t kModeOddEven = 1u << 4;
inline constexpr std::uint8_t kModeShiftInterleave = 1u << 5;
inline constexpr std::uint8_t kModeShift256 = 1u << 6;
inline constexpr unsigned kGrMiscellaneous = 6;
inline constexpr std::uint8_t kGraphicsMode = 1u << 0;
inline constexpr std::uint8_t kChainOddEven = 1u << 1;
inline constexpr unsigned kGrColorDontCare = 7;
inline constexpr unsigned kGrBitMask = 8;

// CRT controller.
inline constexpr unsigned kCrHorizontalTotal = 0x00;
inline constexpr unsigned kCrHorizontalDisplayEnd = 0x01;
inline constexpr unsigned kCrVerticalTotal = 0x06;
inline constexpr unsigned kCrOverflow = 0x07;
inline constexpr unsigned kCrPresetRowScan = 0x08;
inline constexpr unsigned kCrMaximumScanLine = 0x09;
inline constexpr std::uint8_t kScanLineDouble = 1u << 7;
inline constexpr unsigned kCrCursorStart = 0x0a;
inline constexpr std::uint8_t kCursorOff = 1u << 5;
inline constexpr unsigned kCrCursorEnd = 0x0b;
inline constexpr unsigned kCrStartHigh = 0x0c;
inline constexpr unsigned kCrStartLow = 0x0d;
inline constexpr unsigned kCrCursorHigh = 0x0e;
inline constexpr unsigned kCrCursorLow = 0x0f;
inline constexpr unsigned kCrVerticalRetraceEnd = 0x11;
inline constexpr std::uint8_t kProtectRegisters0To7 = 1u << 7;
inline constexpr unsigned kCrVerticalDisplayEnd = 0x12;
inline constexpr unsigned kCrOffset = 0x13;
inline constexpr unsigned kCrUnderline = 0x14;
inline constexpr std::uint8_t kDoublewordMode = 1u << 6;
inline constexpr unsigned kCrModeControl = 0x17;
inline constexpr std::uint8_t kNoCgaRows = 1u << 0;       // Else address bit 13 is row scan bit 0.
inline constexpr std::uint8_t kNoHerculesRows = 1u << 1;  // Else address bit 14 is its bit 1.
inline constexpr std::uint8_t kAddressWrapAt64K = 1u << 5;  // Word mode: bit 0 from bit 15, not 13.
inline constexpr std::uint8_t kByteMode = 1u << 6;
inline constexpr std::uint8_t kSyncEnabled = 1u << 7;
inline constexpr unsigned kCrLineCompare = 0x18;

// Attribute controller.
inline constexpr std::uint8_t kPaletteAddressSource = 1u << 5;  // In the index: the screen is on.
inline constexpr unsigned kArModeControl = 0x10;
inline constexpr std::uint8_t kAttributeLineGraphics = 1u << 2;
inline constexpr std::uint8_t kAttributeBlink = 1u << 3;
inline constexpr std::uint8_t kAttributePanTopOnly = 1u << 5;
inline constexpr std::uint8_t kAttributeColorSelect = 1u << 7;
inline constexpr unsigned kArColorPlaneEnable = 0x12;
inline constexpr unsigned kArHorizontalPanning = 0x13;
inline constexpr unsigned kArColorSelect = 0x14;

/// Red, green and blue as the guest wrote them: 6 bits each, or 8.
using DacEntry = std::array<std::uint8_t, 3>;

/// All of it at power-on: the screen is off, and the memory does not answer.
struct Registers {
  std::uint8_t miscellaneous = 0;
  std::uint8_t feature_control = 0;
  std::uint8_t video_enable = 1;

  std::uint8_t sequencer_index = 0;
  std::array<std::uint8_t, 5> sequencer{};
  std::uint8_t graphics_index = 0;
  std::array<std::uint8_t, 9> graphics{};
  std::uint8_t crtc_index = 0;
  std::array<std::uint8_t, 0x19> crtc{};
  std::uint8_t attribute_index = 0;  // With kPaletteAddressSource.
  std::array<std::uint8_t, 0x15> attribute{};
  bool attribute_data_next = false;  // The flip-flop: 0x3c0 takes data, else the index.

  std::uint8_t dac_mask = 0xff;
  std::uint8_t dac_read_index = 0;
  std::uint8_t dac_write_index = 0;
  std::uint8_t dac_component = 0;  // Of the entry being read or written: 0 to 2.
  bool dac_reading = false;
  bool dac_8_bit = false;  // Set by dispi's ENABLE.
  DacEntry dac_partial{};  // An entry is written with its third component.
  std::array<DacEntry, 256> dac{};
};

}  // namespace minivmm::vga
