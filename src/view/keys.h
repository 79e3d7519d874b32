#pragma once
// Keys by their position: SDL's numbers to Linux's.

#include <SDL.h>

#include <cstdint>

namespace minivmm::view {

/// KEY_* of linux/input-event-codes.h; 0 for a key that has none.
[[nodiscard]] std::uint16_t key_code(SDL_Scancode scancode);

}  // namespace minivmm::view
