#pragma once
// The menu, the questions and the short texts that lie over the guest's picture, drawn by cairo.

#include <SDL.h>

#include <optional>
#include <string>
#include <vector>

#include "view/canvas.h"

namespace minivmm::view {

/// What a person can choose.
struct Choice {
  std::string label{};
  std::string detail{};  ///< A line below, smaller; may be empty.
  std::string key{};     ///< Shown at the right; may be empty.
};

/// A title, choices below each other, and a line at the bottom, in the middle of the window over a
/// darkened picture.
class Panel {
 public:
  Panel(std::string title, std::vector<Choice> choices, std::string footer);

  /// The window's size in pixels, and how many of them a desktop's unit is.
  void lay_out(SDL_Point window, double scale);
  [[nodiscard]] Layer draw() const;

  [[nodiscard]] std::size_t size() const { return choices_.size(); }
  [[nodiscard]] std::size_t selected() const { return selected_; }
  void select(std::size_t choice) { selected_ = choice; }
  /// The next or the one before, round and round.
  void move(int by);
  /// The choice at a pixel of the window.
  [[nodiscard]] std::optional<std::size_t> choice_at(SDL_Point pixel) const;

 private:
  [[nodiscard]] double row_height(std::size_t choice) const;

  const std::string title_;
  const std::vector<Choice> choices_;
  const std::string footer_;
  std::size_t selected_ = 0;

  SDL_Point window_{};
  double scale_ = 1;
  SDL_Rect area_{};
  std::vector<SDL_Rect> rows_;
};

/// A text in a small box at the bottom of the window.
[[nodiscard]] Layer draw_notice(const std::string& text, SDL_Point window, double scale);

}  // namespace minivmm::view
