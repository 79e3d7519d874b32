#include "machine/live_sampler.h"

#include <algorithm>
#include <utility>

namespace minivmm {

LiveSampler::LiveSampler(EventLoop& loop, Hooks hooks)
    : hooks_(std::move(hooks)), timer_(loop.make_timer([this] { tick(); })) {}

void LiveSampler::ask() {
  asked_ = true;
  if (std::exchange(counting_, true)) return;
  peeks_ = 0;
  unasked_ = 0;
  hooks_.begin();
  next_ = hooks_.now() + kSecond / kPeeks;
  timer_->arm(next_);
}

void LiveSampler::tick() {
  hooks_.peek();
  if (++peeks_ == kPeeks) end_second();
  if (!counting_) return;
  // After a host that slept, once and not for every second of its sleep.
  next_ = std::max(next_ + kSecond / kPeeks, hooks_.now());
  timer_->arm(next_);
}

void LiveSampler::end_second() {
  peeks_ = 0;
  if (std::exchange(asked_, false)) {
    unasked_ = 0;
    hooks_.take();
  } else if (++unasked_ == kPatience) {
    counting_ = false;
    hooks_.end();
  }
}

}  // namespace minivmm
