#pragma once
// The window itself: its size, its title, and what is on it.

#include <SDL.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "view/canvas.h"
#include "view/panel.h"
#include "view/placement.h"
#include "view/rate_history.h"

namespace minivmm::view {

/// Follows the size of the guest's picture until its user gives it another.
///
/// Threads: one. Errors: HostError when there is no display.
class Window {
 public:
  /// As large as a first picture of that size needs; 0 x 0: of a screen that is off.
  explicit Window(PictureSize first);

  [[nodiscard]] SDL_Window& sdl() { return *window_; }

  /// Another frame, or null; the one before may go after this.
  void set_frame(const FrameView* frame);
  void take_rows(const std::vector<RowRange>& rows);

  void set_title(const std::string& title) { SDL_SetWindowTitle(window_.get(), title.c_str()); }
  /// Over the picture; null: nothing.
  void set_panel(Panel* panel);
  void set_notice(const std::string& notice);
  /// In a corner of the picture; null: nothing. To be called again when it has changed.
  void set_rates(const RateHistory* rates);

  void toggle_full_screen();
  [[nodiscard]] bool full_screen() const;
  void toggle_scaling();
  [[nodiscard]] Scaling scaling() const { return scaling_; }
  /// Back to the size of the guest's picture.
  void use_actual_size();
  /// The user, or the desktop, gave it another size.
  void resized();

  /// All of it is to be drawn anew, at the next show().
  void expose() { exposed_ = true; }
  /// Draws what changed since the last time; nothing, when nothing did.
  void show();

  [[nodiscard]] Placement placement() const;
  /// From an event's coordinates to pixels.
  [[nodiscard]] SDL_Point pixel_at(int x, int y) const;

 private:
  [[nodiscard]] double scale() const;
  void fit();
  void draw_layers();

  Owned<SDL_Window> window_;
  std::unique_ptr<Canvas> canvas_;
  PictureSize picture_{};
  Scaling scaling_ = Scaling::kSmooth;
  bool follows_guest_ = true;
  SDL_Point wanted_{};  // The size that fit() asked for.
  bool exposed_ = true;
  bool rows_taken_ = false;
  Panel* panel_ = nullptr;
  const RateHistory* rates_ = nullptr;
  std::string notice_;
  std::vector<Layer> layers_;  // Of the last show().
};

}  // namespace minivmm::view
