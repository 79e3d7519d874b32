#include "demo_image.h"

// Defined in demo_image.S.
extern "C" const std::byte minivmm_demo_image_start;
extern "C" const std::byte minivmm_demo_image_end;

namespace minivmm {

std::span<const std::byte> demo_guest() {
  return {&minivmm_demo_image_start, &minivmm_demo_image_end};
}

}  // namespace minivmm
