#pragma once
// What the monitor says of itself (VESA E-EDID Standard, Release A, Revision 2: EDID 1.4).

#include <array>
#include <cstdint>

#include "minivmm/scanout.h"

namespace minivmm::vga {

using Edid = std::array<std::uint8_t, 128>;

/// preferred: 1 to 4095 each way. Its timing is that of VESA's CVT 1.1 with reduced blanking, at 60
/// Hz (less where EDID has no bits for so quick a pixel clock).
[[nodiscard]] Edid make_edid(PictureSize preferred);

}  // namespace minivmm::vga
