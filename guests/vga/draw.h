#pragma once
// The pictures of vga/pictures.h, drawn through the window at 0xa0000 or into the framebuffer.

#include <cstdint>

#include "vga/pictures.h"

/// The mode is set, all of the window is mapped.
void draw_in_window(pictures::Mode mode);

/// The same for the linear modes, whose first pixel is at framebuffer.
void draw_linear(pictures::Mode mode, std::uintptr_t framebuffer);
