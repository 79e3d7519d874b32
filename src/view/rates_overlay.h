#pragma once
// Exits per second as a plot over the guest's picture, with the state of each vCPU.

#include <SDL.h>

#include "view/canvas.h"
#include "view/rate_history.h"

namespace minivmm::view {

/// In the upper right corner of a window of that many pixels, scale of them to a unit of the
/// desktop; smaller where the window is. Before the first sample it says that one is waited for.
[[nodiscard]] Layer draw_rates(const RateHistory& history, SDL_Point window, double scale);

/// The end of a plot's axis: 1, 2 or 5 times a power of ten, and at least the largest value.
[[nodiscard]] std::uint64_t axis_end(std::uint32_t largest);

}  // namespace minivmm::view
