#pragma once
// How a picture comes onto the window: by a graphics card, or by the processor.

#include <SDL.h>

#include <memory>
#include <vector>

#include "backends/display/shared_frame.h"
#include "view/placement.h"

namespace minivmm::view {

struct FreeSdl {
  void operator()(SDL_Window* window) const { SDL_DestroyWindow(window); }
  void operator()(SDL_Renderer* renderer) const { SDL_DestroyRenderer(renderer); }
  void operator()(SDL_Texture* texture) const { SDL_DestroyTexture(texture); }
  void operator()(SDL_Surface* surface) const { SDL_FreeSurface(surface); }
  void operator()(SDL_Cursor* cursor) const { SDL_FreeCursor(cursor); }
  void operator()(char* text) const { SDL_free(text); }
};
template <typename T>
using Owned = std::unique_ptr<T, FreeSdl>;

/// What lies over the picture: the menu, a question, a line of text; straight alpha.
struct Layer {
  Owned<SDL_Surface> surface{};
  SDL_Point at{};  ///< In the window's pixels.
};

/// Threads: the one that owns the window. Errors: none; what can't be shown is not.
class Canvas {
 public:
  virtual ~Canvas() = default;

  /// The window's size in pixels of the screen.
  [[nodiscard]] virtual SDL_Point size() const = 0;
  /// From now on this picture is shown; none of its rows has been looked at. Null: black.
  virtual void set_frame(const FrameView* frame) = 0;
  /// These rows are looked at, and need be no more after it has returned.
  virtual void take_rows(const std::vector<RowRange>& rows) = 0;

  enum class Changed { kRowsTaken, kEverything };
  virtual void present(const Placement& placement, const std::vector<Layer>& layers,
                       Changed changed) = 0;
};

/// The one that suits the host: a graphics card where there is a real one.
[[nodiscard]] std::unique_ptr<Canvas> make_canvas(SDL_Window& window);

/// The two kinds; null where SDL can't have it.
[[nodiscard]] std::unique_ptr<Canvas> make_texture_canvas(SDL_Window& window, Uint32 flags);
[[nodiscard]] std::unique_ptr<Canvas> make_surface_canvas(SDL_Window& window);

}  // namespace minivmm::view
