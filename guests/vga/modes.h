#pragma once
// Modes set by registers alone, as a BIOS sets them.

#include <cstdint>

#include "vga/pictures.h"

/// A VGA mode (not one of Bochs's linear ones), its palette, and the screen on. Video memory keeps
/// what it has.
void set_vga_mode(pictures::Mode mode);

/// A linear mode, by Bochs's dispi registers; false where the adapter has no such mode.
bool set_linear_mode(unsigned width, unsigned height, unsigned bits);

/// The DAC's 256 entries.
void set_palette();

// Sequencer, graphics controller: index and value.
void write_sequencer(std::uint8_t index, std::uint8_t value);
void write_graphics(std::uint8_t index, std::uint8_t value);
