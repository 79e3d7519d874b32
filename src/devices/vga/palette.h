#pragma once
// Colour numbers to colours.

#include <array>
#include <cstdint>

#include "devices/vga/display_mode.h"
#include "devices/vga/registers.h"

namespace minivmm::vga {

/// A colour as Picture has it, 0x00RRGGBB, for each value of a pixel; a mode of 16 colours (and
/// text) has the first 16 alone.
using Palette = std::array<std::uint32_t, 256>;

/// What the attribute controller and the DAC make of a pixel's value in a mode of this kind.
[[nodiscard]] Palette palette_of(const Registers& registers, ModeKind kind);

}  // namespace minivmm::vga
