#include "machine/stop_control.h"

#include <utility>

namespace minivmm {

void StopControl::request(StopReason reason) {
  {
    const std::lock_guard guard(mutex_);
    if (requested()) return;
    reason_ = std::move(reason);
    requested_.store(true, std::memory_order_release);
  }
  event_.signal();
}

StopReason StopControl::reason() const {
  const std::lock_guard guard(mutex_);
  return reason_;
}

void StopControl::rearm() {
  const std::lock_guard guard(mutex_);
  event_.consume();
  reason_ = {};
  requested_.store(false, std::memory_order_release);
}

}  // namespace minivmm
