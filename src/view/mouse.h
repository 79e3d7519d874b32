#pragma once
// The mouse: positions for a guest with a tablet, motion of a mouse that is held for any other.

#include <SDL.h>

#include <functional>
#include <optional>

#include "backends/display/view_protocol.h"
#include "view/machine_link.h"
#include "view/placement.h"

namespace minivmm::view {

/// Motion is gathered until flush(), or a button: a mouse reports it a thousand times a second.
class Mouse {
 public:
  Mouse(MachineLink& link, SDL_Window& window) : link_(link), window_(window) {}

  void set_takes_positions(bool takes_positions);
  [[nodiscard]] bool takes_positions() const { return takes_positions_; }

  /// Holds the mouse in the window, where the guest needs it for itself.
  void hold();
  void let_go();
  [[nodiscard]] bool held() const { return held_; }

  /// pixel: the event's place, in the window's pixels; placement: of the guest's picture.
  void moved(const SDL_MouseMotionEvent& event, SDL_Point pixel, const Placement& placement);
  /// A click that holds the mouse is nothing else.
  void button(const SDL_MouseButtonEvent& event, SDL_Point pixel, const Placement& placement);
  void wheel(const SDL_MouseWheelEvent& event);
  void flush();
  /// The pointer is the guest's own while it is over its picture.
  void show_pointer(bool shown) { SDL_ShowCursor(shown ? SDL_ENABLE : SDL_DISABLE); }

 private:
  MachineLink& link_;
  SDL_Window& window_;
  bool takes_positions_ = false;
  bool held_ = false;
  Motion motion_{};
  std::optional<Position> position_;
  std::uint32_t pressed_ = 0;  // A bit for each of PointerButton.
};

}  // namespace minivmm::view
