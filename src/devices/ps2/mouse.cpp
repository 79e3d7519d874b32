#include "devices/ps2/mouse.h"

#include <algorithm>
#include <array>
#include <utility>

namespace minivmm::ps2 {

namespace {

// The first byte of a packet.
constexpr unsigned kAlwaysSet = 1u << 3;
constexpr unsigned kXSign = 1u << 4;
constexpr unsigned kYSign = 1u << 5;
constexpr unsigned kXOverflow = 1u << 6;
constexpr unsigned kYOverflow = 1u << 7;
/// "Set Scaling 2:1": small movements finer, large ones twice as far.
int scale_twice(int counts) {
  constexpr std::array<int, 6> kSmall = {0, 1, 1, 3, 6, 9};
  const auto size = static_cast<std::size_t>(counts < 0 ? -counts : counts);
  const int scaled = size < kSmall.size() ? kSmall[size] : 2 * static_cast<int>(size);
  return counts < 0 ? -scaled : scaled;
}

}  // namespace

Mouse::Mouse(Wiring wiring) : wiring_(std::move(wiring)) {
  timer_ = wiring_.loop.make_timer([this] {
    const std::lock_guard guard(wiring_.lock);
    state_.timer_armed = false;
    wiring_.changed();
  });
}

void Mouse::reset() {
  timer_->disarm();
  state_ = State();
  state_.motion.press(visible_buttons());
  state_.motion.clear();
}

// --- From the person

void Mouse::move(int dx, int dy) {
  if (!collects()) return;
  state_.motion.move(dx, dy);
  wiring_.changed();
}

void Mouse::button(PointerButton button, Press press) {
  const unsigned bit = bit_of(button);
  const unsigned held = press == Press::kDown ? held_ | bit : held_ & ~bit;
  held_ = static_cast<std::uint8_t>(held);
  tell_buttons();
}

void Mouse::wheel(int vertical, int /*horizontal*/) {
  if (!collects() || state_.id == Id::kStandard) return;
  state_.motion.turn(vertical);
  wiring_.changed();
}

void Mouse::release_all() {
  held_ = 0;
  tell_buttons();
}

std::uint8_t Mouse::visible_buttons() const {
  return state_.id == Id::kFiveButtons ? held_ : static_cast<std::uint8_t>(held_ & kThreeButtons);
}

unsigned Mouse::bit_of(PointerButton button) {
  switch (button) {
    case PointerButton::kLeft:
      return kLeft;
    case PointerButton::kRight:
      return kRight;
    case PointerButton::kMiddle:
      return kMiddle;
    case PointerButton::kSide:
      return kSide;
    case PointerButton::kExtra:
      return kExtra;
  }
  return 0;
}

bool Mouse::collects() const {
  return !state_.wrap && (state_.remote || state_.enabled);
}

void Mouse::tell_buttons() {
  state_.motion.press(visible_buttons());
  if (!collects()) state_.motion.clear();
  wiring_.changed();
}

// --- To the guest

std::span<const std::uint8_t> Mouse::waiting() {
  const bool streams = state_.enabled && !state_.remote && !state_.wrap && !state_.command;
  if (!state_.output.empty() || !streams || state_.motion.empty()) return state_.output.span();
  const std::chrono::nanoseconds now = wiring_.clock.monotonic();
  if (now < state_.next_sample) {
    if (!state_.timer_armed) {
      timer_->arm(std::chrono::steady_clock::time_point(state_.next_sample));
    }
    state_.timer_armed = true;
    return {};
  }
  state_.next_sample = now + std::chrono::nanoseconds(std::chrono::seconds(1)) / state_.sample_rate;
  MouseSample sample =
      state_.motion.take(state_.double_scale ? kMostScaledCounts : kMostCounts, kMostNotches);
  if (state_.double_scale) {
    sample.dx = scale_twice(sample.dx);
    sample.dy = scale_twice(sample.dy);
  }
  add_packet(sample);
  state_.last_output = state_.output;
  return state_.output.span();
}

void Mouse::sent(std::size_t count) {
  state_.output.remove_first(count);
}

/// "Data Packet Format"; up is positive there, and in the fourth byte towards the person.
void Mouse::add_packet(const MouseSample& sample) {
  unsigned first = kAlwaysSet | (sample.buttons & kThreeButtons);
  if (sample.dx < 0) first |= kXSign;
  if (sample.dy > 0) first |= kYSign;
  if (sample.x_overflow) first |= kXOverflow;
  if (sample.y_overflow) first |= kYOverflow;
  state_.output.add(static_cast<std::uint8_t>(first));
  state_.output.add(static_cast<std::uint8_t>(sample.dx));
  state_.output.add(static_cast<std::uint8_t>(-sample.dy));
  if (state_.id == Id::kStandard) return;
  auto fourth = static_cast<unsigned>(-sample.wheel);
  if (state_.id == Id::kFiveButtons)
    fourth = (fourth & 0xf) | (sample.buttons & (kSide | kExtra)) << 1;
  state_.output.add(static_cast<std::uint8_t>(fourth));
}

}  // namespace minivmm::ps2
