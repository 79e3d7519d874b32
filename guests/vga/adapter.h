#pragma once
// The graphics adapter as a PCI device.

#include <cstdint>

/// Where its framebuffer is, all of it mapped; 0 where there is no adapter.
std::uintptr_t map_framebuffer();
