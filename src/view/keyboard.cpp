#include "view/keyboard.h"

#include "view/keys.h"

namespace minivmm::view {
namespace {

// The right Alt is another key on most keyboards (AltGr).
bool has_ctrl_alt(std::uint16_t modifiers) {
  return (modifiers & KMOD_CTRL) != 0 && (modifiers & KMOD_LALT) != 0;
}

bool is_ctrl_or_alt(SDL_Scancode key) {
  return key == SDL_SCANCODE_LCTRL || key == SDL_SCANCODE_RCTRL || key == SDL_SCANCODE_LALT;
}

}  // namespace

Keyboard::Meaning Keyboard::down(const SDL_Keysym& key) {
  const bool both = has_ctrl_alt(key.mod);
  ctrl_alt_alone_ = both && is_ctrl_or_alt(key.scancode);
  if (both && wiring_.is_shortcut(key.sym)) return Meaning::kShortcut;
  const std::uint16_t code = key_code(key.scancode);
  if (code != 0 && pressed_.insert(code).second) wiring_.send({code, 1});
  return Meaning::kGuest;
}

Keyboard::Meaning Keyboard::up(const SDL_Keysym& key) {
  const std::uint16_t code = key_code(key.scancode);
  if (pressed_.erase(code) != 0) wiring_.send({code, 0});
  const bool lets_go = ctrl_alt_alone_ && is_ctrl_or_alt(key.scancode);
  ctrl_alt_alone_ = false;
  return lets_go ? Meaning::kCtrlAlt : Meaning::kGuest;
}

}  // namespace minivmm::view
