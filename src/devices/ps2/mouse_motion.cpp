#include "devices/ps2/mouse_motion.h"

#include <algorithm>
#include <utility>

namespace minivmm::ps2 {

namespace {

/// Adds within +-most and says whether something was lost.
bool add_limited(int& sum, int value, int most) {
  // value may be anything, so that it is limited before it is added.
  const int wanted = sum + std::clamp(value, -2 * most, 2 * most);
  sum = std::clamp(wanted, -most, most);
  return sum != wanted;
}

int take_part(int& sum, int most) {
  const int part = std::clamp(sum, -most, most);
  sum -= part;
  return part;
}

}  // namespace

void MouseMotion::move(int dx, int dy) {
  if (dx == 0 && dy == 0) return;
  MouseSample& sample = step_for_motion().sample;
  if (add_limited(sample.dx, dx, kMostCounts)) sample.x_overflow = true;
  if (add_limited(sample.dy, dy, kMostCounts)) sample.y_overflow = true;
}

void MouseMotion::turn(int notches) {
  if (notches == 0) return;
  add_limited(step_for_motion().sample.wheel, notches, kMostNotches);
}

void MouseMotion::press(std::uint8_t buttons) {
  if (buttons == newest_buttons_) return;
  newest_buttons_ = buttons;
  const bool taken = size_ == 0 || steps_[size_ - 1].changes_buttons;
  Step& step = taken && size_ < kSteps ? add_step() : steps_[size_ - 1];
  step.sample.buttons = buttons;
  step.changes_buttons = true;
}

MouseSample MouseMotion::take(int most_counts, int most_notches) {
  if (size_ == 0) return {.buttons = told_buttons_};
  MouseSample& rest = steps_[0].sample;
  MouseSample part{.dx = take_part(rest.dx, most_counts),
                   .dy = take_part(rest.dy, most_counts),
                   .wheel = take_part(rest.wheel, most_notches),
                   .x_overflow = std::exchange(rest.x_overflow, false),
                   .y_overflow = std::exchange(rest.y_overflow, false)};
  if (rest.dx == 0 && rest.dy == 0 && rest.wheel == 0) {
    told_buttons_ = rest.buttons;
    std::move(steps_.begin() + 1, steps_.begin() + static_cast<std::ptrdiff_t>(size_),
              steps_.begin());
    --size_;
  }
  part.buttons = told_buttons_;
  return part;
}

void MouseMotion::clear() {
  size_ = 0;
  told_buttons_ = newest_buttons_;
}

MouseMotion::Step& MouseMotion::add_step() {
  Step& step = steps_[size_++];
  step = {};
  step.sample.buttons = newest_buttons_;
  return step;
}

MouseMotion::Step& MouseMotion::step_for_motion() {
  const bool closed = size_ == 0 || steps_[size_ - 1].changes_buttons;
  return closed && size_ < kSteps ? add_step() : steps_[size_ - 1];
}

}  // namespace minivmm::ps2
