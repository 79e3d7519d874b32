// The processor copies rows from the guest's frame to the window's memory, which the X server
// shares: what did not change is not touched.

#include <algorithm>

#include "view/canvas.h"

namespace minivmm::view {
namespace {

constexpr int kBitsPerPixel = 32;

SDL_Rect rows_of(const SDL_Surface& surface, const RowRange& range) {
  return {.x = 0,
          .y = static_cast<int>(range.first),
          .w = surface.w,
          .h = static_cast<int>(range.end - range.first)};
}

class SurfaceCanvas final : public Canvas {
 public:
  explicit SurfaceCanvas(SDL_Window& window) : window_(window) {}

  [[nodiscard]] SDL_Point size() const override {
    SDL_Point size{};
    SDL_GetWindowSizeInPixels(&window_, &size.x, &size.y);
    return size;
  }

  void set_frame(const FrameView* frame) override {
    rows_.clear();
    picture_.reset();
    if (frame == nullptr) return;
    // SDL reads from it alone: pixels are mapped read-only.
    picture_.reset(SDL_CreateRGBSurfaceWithFormatFrom(
        const_cast<std::uint32_t*>(frame->pixels().data()), static_cast<int>(frame->size().width),
        static_cast<int>(frame->size().height), kBitsPerPixel,
        static_cast<int>(frame->stride() * sizeof(std::uint32_t)), SDL_PIXELFORMAT_RGB888));
    if (picture_) SDL_SetSurfaceBlendMode(picture_.get(), SDL_BLENDMODE_NONE);
  }

  void take_rows(const std::vector<RowRange>& rows) override {
    rows_.insert(rows_.end(), rows.begin(), rows.end());
  }

  void present(const Placement& placement, const std::vector<Layer>& layers,
               Changed changed) override {
    SDL_Surface* const window = SDL_GetWindowSurface(&window_);
    if (window == nullptr) return;
    const bool rows_alone = changed == Changed::kRowsTaken && layers.empty() &&
                            placement.factor > 0 && window == last_surface_;
    if (rows_alone)
      show_rows(*window, placement);
    else
      show_everything(*window, placement, layers);
    rows_.clear();
    last_surface_ = window;
  }

 private:
  void show_rows(SDL_Surface& window, const Placement& placement) {
    std::vector<SDL_Rect> shown;
    const auto factor = static_cast<int>(placement.factor);
    for (const RowRange& range : rows_) {
      if (!picture_) break;
      SDL_Rect from = rows_of(*picture_, range);
      SDL_Rect to{.x = placement.area.x,
                  .y = placement.area.y + from.y * factor,
                  .w = placement.area.w,
                  .h = from.h * factor};
      copy(from, window, to, placement);
      shown.push_back(to);
    }
    if (!shown.empty())
      SDL_UpdateWindowSurfaceRects(&window_, shown.data(), static_cast<int>(shown.size()));
  }

  void show_everything(SDL_Surface& window, const Placement& placement,
                       const std::vector<Layer>& layers) {
    SDL_FillRect(&window, nullptr, SDL_MapRGB(window.format, 0, 0, 0));
    if (picture_) {
      SDL_Rect whole{.x = 0, .y = 0, .w = picture_->w, .h = picture_->h};
      SDL_Rect to = placement.area;
      copy(whole, window, to, placement);
    }
    for (const Layer& layer : layers) {
      SDL_Rect to{layer.at.x, layer.at.y, layer.surface->w, layer.surface->h};
      SDL_SetSurfaceBlendMode(layer.surface.get(), SDL_BLENDMODE_BLEND);
      SDL_BlitSurface(layer.surface.get(), nullptr, &window, &to);
    }
    SDL_UpdateWindowSurface(&window_);
  }

  // Takes both by value: SDL writes back what it clipped.
  void copy(SDL_Rect from, SDL_Surface& window, SDL_Rect to, const Placement& placement) {
    if (from.w == to.w && from.h == to.h) {
      SDL_BlitSurface(picture_.get(), &from, &window, &to);
    } else if (placement.factor == 0 && window.format->format == picture_->format->format) {
      SDL_SoftStretchLinear(picture_.get(), &from, &window, &to);
    } else {
      SDL_BlitScaled(picture_.get(), &from, &window, &to);
    }
  }

  SDL_Window& window_;
  Owned<SDL_Surface> picture_;  // Over the frame's memory.
  std::vector<RowRange> rows_;  // Taken and not shown yet.
  const SDL_Surface* last_surface_ = nullptr;
};

}  // namespace

std::unique_ptr<Canvas> make_surface_canvas(SDL_Window& window) {
  if (SDL_GetWindowSurface(&window) == nullptr) return nullptr;
  return std::make_unique<SurfaceCanvas>(window);
}

}  // namespace minivmm::view
