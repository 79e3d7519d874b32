#pragma once
// The characters that a text mode shows.

#include <cstdint>
#include <vector>

#include "devices/vga/display_mode.h"
#include "devices/vga/legacy_window.h"
#include "minivmm/scanout.h"

namespace minivmm::vga {

struct Cell {
  std::uint8_t character = 0;
  std::uint8_t attribute = 0;
  bool cursor = false;
  bool hidden = false;  ///< It blinks, and is in its dark phase.
  friend bool operator==(const Cell&, const Cell&) = default;
};

/// A row of characters: lines [first, end) of the picture show it, not always all of it.
struct TextRow {
  unsigned first = 0;
  unsigned end = 0;
  std::uint32_t counter = 0;  ///< Of its leftmost character.
};

/// The rows of a mode of kind kText from top to bottom; together they are the whole picture.
[[nodiscard]] std::vector<TextRow> text_rows(const DisplayMode& mode);

/// A row's characters: mode.crtc.columns, and one more where panning brings it into view. lit: the
/// phase in which the cursor and what blinks are seen.
[[nodiscard]] std::vector<Cell> text_cells(const DisplayMode& mode, const TextRow& row,
                                           const Cursor& cursor, const LegacyWindow& planes,
                                           bool lit);

[[nodiscard]] TextScreen text_screen(const DisplayMode& mode, const LegacyWindow& planes);

}  // namespace minivmm::vga
