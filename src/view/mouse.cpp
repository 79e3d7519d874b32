#include "view/mouse.h"

#include <algorithm>

namespace minivmm::view {
namespace {

std::optional<PointerButton> button_of(std::uint8_t sdl_button) {
  switch (sdl_button) {
    case SDL_BUTTON_LEFT:
      return PointerButton::kLeft;
    case SDL_BUTTON_MIDDLE:
      return PointerButton::kMiddle;
    case SDL_BUTTON_RIGHT:
      return PointerButton::kRight;
    case SDL_BUTTON_X1:
      return PointerButton::kSide;
    case SDL_BUTTON_X2:
      return PointerButton::kExtra;
    default:
      return std::nullopt;
  }
}

std::int32_t bounded(std::int32_t value) {
  return std::clamp(value, -kFarthest, kFarthest);
}

}  // namespace

void Mouse::set_takes_positions(bool takes_positions) {
  takes_positions_ = takes_positions;
  if (takes_positions) let_go();
  if (!takes_positions) show_pointer(true);
}

void Mouse::hold() {
  if (takes_positions_ || held_) return;
  held_ = SDL_SetRelativeMouseMode(SDL_TRUE) == 0;
  if (held_) SDL_SetWindowKeyboardGrab(&window_, SDL_TRUE);
}

void Mouse::let_go() {
  if (!held_) return;
  held_ = false;
  SDL_SetRelativeMouseMode(SDL_FALSE);
  SDL_SetWindowKeyboardGrab(&window_, SDL_FALSE);
}

void Mouse::moved(const SDL_MouseMotionEvent& event, SDL_Point pixel, const Placement& placement) {
  if (held_) {
    motion_.dx += event.xrel;
    motion_.dy += event.yrel;
    return;
  }
  if (!takes_positions_) return;
  const auto position = position_at(placement, pixel);
  show_pointer(!position);
  if (position) position_ = Position{position->x, position->y};
}

void Mouse::button(const SDL_MouseButtonEvent& event, SDL_Point pixel, const Placement& placement) {
  const auto button = button_of(event.button);
  if (!button) return;
  const auto number = static_cast<std::uint32_t>(*button);
  flush();
  if (event.state == SDL_RELEASED) {
    if ((pressed_ & (1u << number)) != 0) link_.send(Button{number, 0});
    pressed_ &= ~(1u << number);
    return;
  }
  const auto position = position_at(placement, pixel);
  if (!held_ && !position) return;
  if (!held_ && !takes_positions_) return hold();
  if (!held_) link_.send(Position{position->x, position->y});
  link_.send(Button{number, 1});
  pressed_ |= 1u << number;
}

void Mouse::wheel(const SDL_MouseWheelEvent& event) {
  if (!held_ && !takes_positions_) return;
  flush();
  const int sign = event.direction == SDL_MOUSEWHEEL_FLIPPED ? -1 : 1;
  link_.send(Wheel{bounded(event.y * sign), bounded(event.x * sign)});
}

void Mouse::flush() {
  if (motion_.dx != 0 || motion_.dy != 0) {
    link_.send(Motion{bounded(motion_.dx), bounded(motion_.dy)});
    motion_ = {};
  }
  if (position_) link_.send(*position_);
  position_.reset();
}

}  // namespace minivmm::view
