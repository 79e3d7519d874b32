#include "view/placement.h"

#include <algorithm>
#include <cstdint>

namespace minivmm::view {
namespace {

std::uint16_t position(int offset, int length) {
  if (length <= 1) return 0;
  return static_cast<std::uint16_t>(std::int64_t{offset} * PointerPosition::kEnd / (length - 1));
}

}  // namespace

Placement place(PictureSize picture, SDL_Point window, Scaling scaling) {
  if (picture.width == 0 || picture.height == 0 || window.x <= 0 || window.y <= 0) return {};
  const auto width = static_cast<std::int64_t>(picture.width);
  const auto height = static_cast<std::int64_t>(picture.height);
  std::int64_t shown_width = window.x;
  std::int64_t shown_height = window.x * height / width;
  if (shown_height > window.y) {
    shown_height = window.y;
    shown_width = window.y * width / height;
  }
  const std::int64_t whole = std::min(window.x / width, window.y / height);
  if (whole > 0 && scaling == Scaling::kInteger) {
    shown_width = whole * width;
    shown_height = whole * height;
  }
  const bool is_whole = shown_width == whole * width && shown_height == whole * height;
  return {.area = {.x = static_cast<int>((window.x - shown_width) / 2),
                   .y = static_cast<int>((window.y - shown_height) / 2),
                   .w = static_cast<int>(std::max<std::int64_t>(shown_width, 1)),
                   .h = static_cast<int>(std::max<std::int64_t>(shown_height, 1))},
          .factor = is_whole ? static_cast<unsigned>(whole) : 0};
}

std::optional<PointerPosition> position_at(const Placement& placement, SDL_Point pixel) {
  if (SDL_PointInRect(&pixel, &placement.area) == SDL_FALSE) return std::nullopt;
  return PointerPosition{position(pixel.x - placement.area.x, placement.area.w),
                         position(pixel.y - placement.area.y, placement.area.h)};
}

}  // namespace minivmm::view
