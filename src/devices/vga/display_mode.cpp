#include "devices/vga/display_mode.h"

#include <algorithm>

#include "devices/vga/planes.h"

namespace minivmm::vga {

namespace {

/// The high bits of a vertical value are in Overflow and, bit 9, for some in Maximum Scan Line.
unsigned vertical_display_end(const Registers& r) {
  const unsigned overflow = r.crtc[kCrOverflow];
  return r.crtc[kCrVerticalDisplayEnd] | (overflow & 0x02) << 7 | (overflow & 0x40) << 3;
}

unsigned line_compare(const Registers& r) {
  return r.crtc[kCrLineCompare] | (r.crtc[kCrOverflow] & 0x10u) << 4 |
         (r.crtc[kCrMaximumScanLine] & 0x40u) << 3;
}

ModeKind vga_kind(const Registers& r) {
  if ((r.crtc[kCrModeControl] & kSyncEnabled) == 0) return ModeKind::kOff;
  if ((r.graphics[kGrMiscellaneous] & kGraphicsMode) == 0) return ModeKind::kText;
  if ((r.graphics[kGrMode] & kModeShift256) != 0) return ModeKind::kPacked256;
  if ((r.graphics[kGrMode] & kModeShiftInterleave) != 0) return ModeKind::kInterleaved;
  return ModeKind::kPlanar;
}

/// Horizontal PEL Panning in pixels: text of 9 dots starts at 8, 256 colours have two dots a pixel
/// (the manual, Horizontal PEL Panning).
unsigned panned_pixels(const Registers& r, ModeKind kind, unsigned char_dots) {
  const unsigned pan = r.attribute[kArHorizontalPanning] & 0x0fu;
  if (kind == ModeKind::kPacked256) return (pan & 7) / 2;
  if (char_dots == 9) return pan >= 8 ? 0 : pan + 1;
  return pan & 7;
}

void set_addressing(const Registers& r, CrtcMode& mode) {
  const unsigned control = r.crtc[kCrModeControl];
  // Doubleword mode goes with chain-4, whose bytes are stored without the gaps that it skips.
  mode.word = (control & kByteMode) == 0 && (r.crtc[kCrUnderline] & kDoublewordMode) == 0;
  mode.wrap_bit = (control & kAddressWrapAt64K) != 0 ? 15 : 13;
  mode.cga_rows = (control & kNoCgaRows) == 0;
  mode.hercules_rows = (control & kNoHerculesRows) == 0;
}

CrtcMode crtc_mode(const Registers& r, ModeKind kind) {
  const auto& cr = r.crtc;
  CrtcMode mode;
  mode.columns = cr[kCrHorizontalDisplayEnd] + 1u;
  const unsigned clocking = r.sequencer[kSrClockingMode];
  mode.char_dots = kind == ModeKind::kText && (clocking & kClocking8Dots) == 0 ? 9 : 8;
  mode.repeat_x = (clocking & kClockingHalfDotClock) != 0 ? 2 : 1;
  mode.repeat_y = (cr[kCrMaximumScanLine] & kScanLineDouble) != 0 ? 2 : 1;
  mode.row_height = (cr[kCrMaximumScanLine] & 0x1fu) + 1;
  mode.first_row_scan = cr[kCrPresetRowScan] & 0x1fu;
  const unsigned byte_panning = cr[kCrPresetRowScan] >> 5 & 3u;
  mode.start = (cr[kCrStartHigh] * 256u + cr[kCrStartLow] + byte_panning) & mode.counter_mask;
  mode.pitch = cr[kCrOffset] * 2u;
  mode.pan = panned_pixels(r, kind, mode.char_dots);
  const bool pans_top_only = (r.attribute[kArModeControl] & kAttributePanTopOnly) != 0;
  mode.split_pan = pans_top_only ? 0 : mode.pan;
  mode.split_line = line_compare(r) + 1;
  set_addressing(r, mode);
  return mode;
}

/// Character Map Select: three bits, of which the highest adds 8 KiB (the manual, same register).
std::uint32_t font_address(unsigned high, unsigned low) {
  return low * 0x4000 + high * 0x2000;
}

TextMode text_mode(const Registers& r) {
  const unsigned maps = r.sequencer[kSrCharacterMap];
  const unsigned control = r.attribute[kArModeControl];
  TextMode mode;
  mode.fonts = {font_address(maps >> 4 & 1, maps & 3), font_address(maps >> 5 & 1, maps >> 2 & 3)};
  mode.line_graphics = (control & kAttributeLineGraphics) != 0;
  mode.blink = (control & kAttributeBlink) != 0;
  mode.underline = r.crtc[kCrUnderline] & 0x1fu;
  return mode;
}

DisplayMode vga_mode(const Registers& r) {
  DisplayMode mode;
  mode.kind = vga_kind(r);
  if (mode.kind == ModeKind::kOff) return mode;
  mode.crtc = crtc_mode(r, mode.kind);
  mode.size.width = mode.crtc.columns * mode.crtc.char_dots * mode.crtc.repeat_x;
  mode.size.height = vertical_display_end(r) + 1;
  if (mode.kind == ModeKind::kText) mode.text = text_mode(r);
  if (mode.kind == ModeKind::kPacked256) mode.crtc.repeat_x *= 2;  // Two dots a pixel.
  return mode;
}

DisplayMode dispi_mode(const DispiMode& set, ByteOrder order, std::uint64_t vram) {
  DisplayMode mode;
  mode.size = {set.width, set.height};
  if (set.bits != 4) {
    mode.kind = ModeKind::kLinear;
    mode.bits = set.bits;
    mode.start = set.start;
    mode.bytes_per_row = set.bytes_per_row;
    mode.big_endian = order == ByteOrder::kBig;
    return mode;
  }
  mode.kind = ModeKind::kPlanar;
  mode.crtc.columns = (set.width + 7) / 8;
  mode.crtc.start = static_cast<std::uint32_t>(set.start);
  mode.crtc.pitch = static_cast<std::uint32_t>(set.bytes_per_row);
  mode.crtc.pan = set.first_pixel;
  mode.crtc.split_line = set.height;
  mode.crtc.counter_mask = static_cast<std::uint32_t>(vram / kPlanes - 1);
  return mode;
}

}  // namespace

Line CrtcMode::line(unsigned y) const {
  const bool below_split = y >= split_line;
  const unsigned scan = below_split ? (y - split_line) / repeat_y : y / repeat_y + first_row_scan;
  Line found;
  found.row_scan = scan % row_height;
  found.counter = ((below_split ? 0 : start) + scan / row_height * pitch) & counter_mask;
  found.pan = below_split ? split_pan : pan;
  return found;
}

std::uint32_t CrtcMode::address(std::uint32_t counter, unsigned row_scan) const {
  std::uint32_t found = counter & counter_mask;
  if (word) found = (found << 1 & 0xffff) | (found >> wrap_bit & 1);
  if (cga_rows) found = (found & ~0x2000u) | (row_scan & 1) << 13;
  if (hercules_rows) found = (found & ~0x4000u) | (row_scan >> 1 & 1) << 14;
  return found;
}

DisplayMode display_mode(const Registers& registers, const Dispi& dispi, ByteOrder order,
                         std::uint64_t vram) {
  const auto set = dispi.mode();
  DisplayMode mode = set ? dispi_mode(*set, order, vram) : vga_mode(registers);
  const bool on = (registers.attribute_index & kPaletteAddressSource) != 0 &&
                  (registers.sequencer[kSrClockingMode] & kClockingScreenOff) == 0;
  if (!on && mode.kind != ModeKind::kOff) mode.kind = ModeKind::kBlack;
  return mode;
}

Cursor text_cursor(const Registers& registers) {
  const auto& cr = registers.crtc;
  Cursor cursor;
  cursor.counter = cr[kCrCursorHigh] * 256u + cr[kCrCursorLow];
  cursor.first_scan = cr[kCrCursorStart] & 0x1fu;
  cursor.last_scan = cr[kCrCursorEnd] & 0x1fu;
  const unsigned row_height = (cr[kCrMaximumScanLine] & 0x1fu) + 1;
  cursor.shown = (cr[kCrCursorStart] & kCursorOff) == 0 && cursor.first_scan <= cursor.last_scan &&
                 cursor.first_scan < row_height;
  return cursor;
}

}  // namespace minivmm::vga
