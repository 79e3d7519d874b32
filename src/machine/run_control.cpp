#include "machine/run_control.h"

#include <utility>

namespace minivmm {

void RunControl::press_power_button() {
  power_button_ = true;
  wishes_.signal();
}

void RunControl::when_changed(std::function<void()> changed) {
  const std::lock_guard guard(mutex_);
  changed_ = std::move(changed);
}

void RunControl::set_paused(bool paused) {
  const std::lock_guard guard(mutex_);
  if (paused_.exchange(paused) == paused) return;
  if (paused)
    wishes_.signal();
  else
    released_.notify_all();
  if (changed_) changed_();
}

RunControl::Wishes RunControl::take_wishes() {
  wishes_.consume();
  return {.power_button = power_button_.exchange(false),
          .kick = paused(),
          .cd = cd_ ? cd_->take() : std::vector<CdWish>{}};
}

void RunControl::wait_while_paused(const std::function<bool()>& called) {
  std::unique_lock lock(mutex_);
  released_.wait(lock, [&] { return !paused() || stop_.requested() || called(); });
}

void RunControl::wake() {
  const std::lock_guard guard(mutex_);
  released_.notify_all();
}

}  // namespace minivmm
