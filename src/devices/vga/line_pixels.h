#pragma once
// One line of a picture, from memory to colours.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "devices/vga/display_mode.h"
#include "devices/vga/legacy_window.h"
#include "devices/vga/palette.h"
#include "devices/vga/text_rows.h"

namespace minivmm::vga {

/// Values of pixels before they are panned and repeated: (columns + 1) characters of char_dots (256
/// colours: 4) each.
using PixelValues = std::vector<std::uint8_t>;

/// Row scan row_scan of a row of characters, from the guest's fonts.
void text_pixels(const DisplayMode& mode, const std::vector<Cell>& cells, const Cursor& cursor,
                 unsigned row_scan, std::span<const std::byte> memory, PixelValues& values);

/// A line of kPlanar, kInterleaved or kPacked256.
void graphics_pixels(const DisplayMode& mode, const Line& line, const LegacyWindow& planes,
                     PixelValues& values);

/// Pans values, repeats each and gives it its colour; to is a whole line of the picture.
void show_values(const DisplayMode& mode, unsigned pan, const PixelValues& values,
                 const Palette& palette, std::span<std::uint32_t> to);

/// Pixels [first, first + to.size()) of line y of kLinear. memory is the video memory.
void linear_pixels(const DisplayMode& mode, unsigned y, unsigned first,
                   std::span<const std::byte> memory, const Palette& palette,
                   std::span<std::uint32_t> to);

}  // namespace minivmm::vga
