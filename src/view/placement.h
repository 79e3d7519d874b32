#pragma once
// Where the guest's picture is in the window, and which part of it a place in the window is.

#include <SDL.h>

#include <optional>

#include "minivmm/input.h"
#include "minivmm/scanout.h"

namespace minivmm::view {

enum class Scaling {
  kSmooth,   ///< As large as the window allows, any factor.
  kInteger,  ///< By whole factors: each pixel of the guest is a square.
};

struct Placement {
  SDL_Rect area{};      ///< In the window's pixels, centred.
  unsigned factor = 0;  ///< Whole factor; 0: it is none.
};

/// In a window of that many pixels; a picture larger than it is made smaller in any case.
[[nodiscard]] Placement place(PictureSize picture, SDL_Point window, Scaling scaling);

/// What of the picture is at a pixel of the window; nullopt outside.
[[nodiscard]] std::optional<PointerPosition> position_at(const Placement& placement,
                                                         SDL_Point pixel);

}  // namespace minivmm::view
