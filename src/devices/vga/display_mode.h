#pragma once
// What the registers say is shown, in the terms of who draws it.

#include <array>
#include <cstdint>

#include "devices/vga/dispi.h"
#include "devices/vga/registers.h"
#include "minivmm/scanout.h"

namespace minivmm::vga {

enum class ModeKind {
  kOff,          ///< No signal: 0 x 0.
  kBlack,        ///< A signal of the mode's size, but the screen is turned off.
  kText,         ///< Characters.
  kPlanar,       ///< 16 colours: a bit of each plane.
  kInterleaved,  ///< CGA's 4 colours: two bits of planes 0 and 1.
  kPacked256,    ///< A byte of each plane in turn: mode 13h and mode X.
  kLinear,       ///< dispi's, 8 to 32 bits a pixel.
};

/// Where the CRTC is in memory at one line of the picture.
struct Line {
  std::uint32_t counter = 0;  ///< The memory address counter at the line's left edge.
  unsigned row_scan = 0;      ///< Within the row of characters.
  unsigned pan = 0;           ///< Pixels that are left out at the left.
};

/// Kinds kText to kPacked256 are drawn the CRTC's way: a counter that advances by one a character
/// of 8 (9) dots, translated to an address in the planes.
struct CrtcMode {
  unsigned columns = 0;    ///< Characters of a line.
  unsigned char_dots = 8;  ///< 8 or 9, before repeat_x.
  unsigned repeat_x = 1;   ///< How often each pixel is shown.
  unsigned repeat_y = 1;
  unsigned row_height = 1;  ///< Lines of a row, before repeat_y.
  std::uint32_t start = 0;
  std::uint32_t pitch = 0;  ///< Of the counter, from row to row.
  unsigned first_row_scan = 0;
  unsigned pan = 0;
  unsigned split_pan = 0;
  unsigned split_line = 0;     ///< The first line of the lower window, which starts at counter 0.
  bool word = false;           ///< The counter is rotated left by one.
  unsigned wrap_bit = 15;      ///< Word: what becomes bit 0.
  bool cga_rows = false;       ///< Bit 0 of the row scan is address bit 13,
  bool hercules_rows = false;  ///< and bit 1 address bit 14.
  std::uint32_t counter_mask = 0xffff;

  [[nodiscard]] Line line(unsigned y) const;
  /// counter's address in the planes; at most counter_mask.
  [[nodiscard]] std::uint32_t address(std::uint32_t counter, unsigned row_scan) const;

  friend bool operator==(const CrtcMode&, const CrtcMode&) = default;
};

/// Only of kText.
struct TextMode {
  std::array<std::uint32_t, 2> fonts{};  ///< Addresses in plane 2; by bit 3 of the attribute.
  bool line_graphics = false;            ///< 0xc0 to 0xdf: the ninth dot is the eighth's.
  bool blink = false;                    ///< Bit 7 of the attribute: else a bright background.
  unsigned underline = 0;                ///< The row scan of it.
  friend bool operator==(const TextMode&, const TextMode&) = default;
};

struct DisplayMode {
  ModeKind kind = ModeKind::kOff;
  PictureSize size{};
  CrtcMode crtc{};
  TextMode text{};
  // Only of kLinear.
  unsigned bits = 0;
  std::uint64_t start = 0;
  std::uint64_t bytes_per_row = 0;
  bool big_endian = false;
  friend bool operator==(const DisplayMode&, const DisplayMode&) = default;
};

enum class ByteOrder { kLittle, kBig };

/// vram: the video memory's size.
[[nodiscard]] DisplayMode display_mode(const Registers& registers, const Dispi& dispi,
                                       ByteOrder order, std::uint64_t vram);

/// The cursor of a text mode, which moves without being a change of mode.
struct Cursor {
  bool shown = false;
  std::uint32_t counter = 0;
  unsigned first_scan = 0;
  unsigned last_scan = 0;
};
[[nodiscard]] Cursor text_cursor(const Registers& registers);

}  // namespace minivmm::vga
