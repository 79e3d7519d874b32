// A texture that the graphics card scales; only changed rows go to it.

#include <string_view>

#include "host/log.h"
#include "view/canvas.h"

namespace minivmm::view {
namespace {

constexpr Uint32 kFormat = SDL_PIXELFORMAT_RGB888;  // 0x00RRGGBB, as Picture has it.

class TextureCanvas final : public Canvas {
 public:
  explicit TextureCanvas(Owned<SDL_Renderer> renderer) : renderer_(std::move(renderer)) {}

  [[nodiscard]] SDL_Point size() const override {
    SDL_Point size{};
    SDL_GetRendererOutputSize(renderer_.get(), &size.x, &size.y);
    return size;
  }

  void set_frame(const FrameView* frame) override {
    frame_ = frame;
    texture_.reset();
    if (frame == nullptr) return;
    texture_.reset(SDL_CreateTexture(renderer_.get(), kFormat, SDL_TEXTUREACCESS_STREAMING,
                                     static_cast<int>(frame->size().width),
                                     static_cast<int>(frame->size().height)));
    if (!texture_) log::warning("the guest's picture can't be shown: {}", SDL_GetError());
  }

  void take_rows(const std::vector<RowRange>& rows) override {
    if (!texture_) return;
    const auto pitch = static_cast<int>(frame_->stride() * sizeof(std::uint32_t));
    for (const RowRange& range : rows) {
      const SDL_Rect area{.x = 0,
                          .y = static_cast<int>(range.first),
                          .w = static_cast<int>(frame_->size().width),
                          .h = static_cast<int>(range.end - range.first)};
      const auto pixels = frame_->pixels().subspan(range.first * frame_->stride());
      SDL_UpdateTexture(texture_.get(), &area, pixels.data(), pitch);
    }
  }

  void present(const Placement& placement, const std::vector<Layer>& layers,
               Changed /*changed*/) override {
    SDL_SetRenderDrawColor(renderer_.get(), 0, 0, 0, SDL_ALPHA_OPAQUE);
    SDL_RenderClear(renderer_.get());
    if (texture_) {
      SDL_SetTextureScaleMode(texture_.get(),
                              placement.factor != 0 ? SDL_ScaleModeNearest : SDL_ScaleModeLinear);
      SDL_RenderCopy(renderer_.get(), texture_.get(), nullptr, &placement.area);
    }
    for (const Layer& layer : layers) draw(layer);
    SDL_RenderPresent(renderer_.get());
  }

 private:
  void draw(const Layer& layer) {
    const Owned<SDL_Texture> texture(
        SDL_CreateTextureFromSurface(renderer_.get(), layer.surface.get()));
    if (!texture) return;
    SDL_SetTextureBlendMode(texture.get(), SDL_BLENDMODE_BLEND);
    const SDL_Rect area{layer.at.x, layer.at.y, layer.surface->w, layer.surface->h};
    SDL_RenderCopy(renderer_.get(), texture.get(), nullptr, &area);
  }

  Owned<SDL_Renderer> renderer_;
  Owned<SDL_Texture> texture_;
  const FrameView* frame_ = nullptr;
};

// Mesa draws in software where there is no card; the processor does better without that detour.
bool drawn_in_software(SDL_Renderer& renderer) {
  SDL_RendererInfo info{};
  if (SDL_GetRendererInfo(&renderer, &info) != 0) return true;
  if (!std::string_view(info.name).starts_with("opengl")) return false;
  using GetString = const unsigned char* (*)(unsigned);
  const auto get_string = reinterpret_cast<GetString>(SDL_GL_GetProcAddress("glGetString"));
  constexpr unsigned kRendererName = 0x1f01;  // GL_RENDERER.
  const unsigned char* const name = get_string != nullptr ? get_string(kRendererName) : nullptr;
  const std::string_view text(name != nullptr ? reinterpret_cast<const char*>(name) : "");
  return text.find("llvmpipe") != text.npos || text.find("softpipe") != text.npos ||
         text.find("swrast") != text.npos;
}

}  // namespace

std::unique_ptr<Canvas> make_texture_canvas(SDL_Window& window, Uint32 flags) {
  Owned<SDL_Renderer> renderer(SDL_CreateRenderer(&window, -1, flags));
  if (!renderer) return nullptr;
  if ((flags & SDL_RENDERER_ACCELERATED) != 0 && drawn_in_software(*renderer)) return nullptr;
  return std::make_unique<TextureCanvas>(std::move(renderer));
}

std::unique_ptr<Canvas> make_canvas(SDL_Window& window) {
  if (auto canvas = make_texture_canvas(window, SDL_RENDERER_ACCELERATED)) return canvas;
  if (auto canvas = make_surface_canvas(window)) return canvas;
  return make_texture_canvas(window, 0);
}

}  // namespace minivmm::view
