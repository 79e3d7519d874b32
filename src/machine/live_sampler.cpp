#include "machine/live_sampler.h"

#include <algorithm>
#include <utility>

namespace minivmm {

LiveSampler::LiveSampler(EventLoop& loop, Hooks hooks)
    : hooks_(std::move(hooks)), timer_(loop.make_timer([this] { end_second(); })) {}

void LiveSampler::ask() {
  asked_ = true;
  if (std::exchange(counting_, true)) return;
  unasked_ = 0;
  hooks_.begin();
  next_ = hooks_.now() + kSecond;
  timer_->arm(next_);
}

void LiveSampler::end_second() {
  if (std::exchange(asked_, false)) {
    unasked_ = 0;
    hooks_.take();
  } else if (++unasked_ == kPatience) {
    counting_ = false;
    return hooks_.end();
  }
  // After a host that slept, a second from now on.
  const Time now = hooks_.now();
  next_ = next_ + kSecond > now ? next_ + kSecond : now + kSecond;
  timer_->arm(next_);
}

}  // namespace minivmm
