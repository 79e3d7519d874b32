#pragma once
// What the window keeps of the keys for itself; the guest gets the others.

#include <SDL.h>

#include <functional>
#include <set>

#include "backends/display/view_protocol.h"

namespace minivmm::view {

/// Ctrl and Alt together with another key are the window's where it has a use for it, and the two
/// alone, pressed and released, let the mouse go.
class Keyboard {
 public:
  struct Wiring {
    std::function<void(const Key&)> send;
    /// Ctrl-Alt and this key (as its layout has it): whether the window has a use for it.
    std::function<bool(SDL_Keycode)> is_shortcut;
  };
  explicit Keyboard(Wiring wiring) : wiring_(std::move(wiring)) {}

  enum class Meaning { kGuest, kShortcut, kCtrlAlt };
  /// Sends what is the guest's; answers what it was.
  Meaning down(const SDL_Keysym& key);
  Meaning up(const SDL_Keysym& key);

  /// Whoever calls this tells the guest: its keys are all up.
  void forget() {
    pressed_.clear();
    ctrl_alt_alone_ = false;
  }

 private:
  const Wiring wiring_;
  std::set<std::uint16_t> pressed_;  // What the guest believes to be down.
  bool ctrl_alt_alone_ = false;
};

}  // namespace minivmm::view
