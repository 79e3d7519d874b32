#pragma once
// Waiting awake for a moment, for what comes within microseconds.

#include <atomic>
#include <chrono>

namespace minivmm {

/// Takes a lock that its holder is about to give back: who sleeps for it costs both a system call.
template <typename Lock>
void lock_awake(Lock& lock) {
  constexpr int kPatience = 2000;
  for (int tries = 0; tries < kPatience; ++tries) {
    if (lock.try_lock()) return;
    __builtin_ia32_pause();
  }
  lock.lock();
}

/// A script that stops at each exit is answered within microseconds, and so is the guest: sleeping
/// would cost both more than what they wait for. Where that doesn't pay, because the two share a
/// processor, the next waits sleep at once.
///
/// Threads: any.
class LookOut {
 public:
  /// Until ready(), or the moment is over.
  template <typename Ready>
  void until(const Ready& ready) {
    using Time = std::chrono::steady_clock;
    constexpr std::chrono::microseconds kMoment{100};
    constexpr int kPassedOver = 30;  // After a moment in vain.
    if (passed_over_.load(std::memory_order_relaxed) > 0) {
      --passed_over_;
      return;
    }
    const auto end = Time::now() + kMoment;
    while (!ready()) {
      __builtin_ia32_pause();
      if (Time::now() < end) continue;
      passed_over_ = kPassedOver;
      return;
    }
  }

 private:
  std::atomic<int> passed_over_{0};
};

}  // namespace minivmm
