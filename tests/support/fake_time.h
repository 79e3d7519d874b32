#pragma once
// Time that passes when a test says so, and the loop whose timers live in it.

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "minivmm/clock.h"
#include "minivmm/event_loop.h"

namespace minivmm::test {

/// Clock and loop in one; advance() fires timers in their order, each at its moment.
class FakeTime final : public Clock, public EventLoop {
 public:
  [[nodiscard]] std::chrono::nanoseconds monotonic() const override { return monotonic_; }
  [[nodiscard]] std::chrono::system_clock::time_point wall() const override { return wall_; }

  void set_wall(std::chrono::system_clock::time_point wall) { wall_ = wall; }

  void advance(std::chrono::nanoseconds by) {
    const std::chrono::nanoseconds end = monotonic_ + by;
    for (;;) {
      FakeTimer* const next = earliest();
      if (next == nullptr || next->when_->time_since_epoch() > end) break;
      go_to(std::max(monotonic_, std::chrono::nanoseconds(next->when_->time_since_epoch())));
      next->when_.reset();
      next->callback_();
    }
    go_to(end);
  }

  [[nodiscard]] std::size_t armed_timers() const {
    std::size_t count = 0;
    for (const FakeTimer* timer : timers_) count += timer->when_ ? 1u : 0u;
    return count;
  }

  std::unique_ptr<Subscription> watch_readable(int /*fd*/, Callback /*callback*/) override {
    return nullptr;
  }
  std::unique_ptr<Timer> make_timer(Callback callback) override {
    return std::make_unique<FakeTimer>(*this, std::move(callback));
  }
  void post(Callback callback) override { callback(); }

 private:
  class FakeTimer final : public Timer {
   public:
    FakeTimer(FakeTime& time, Callback callback) : time_(time), callback_(std::move(callback)) {
      time_.timers_.insert(this);
    }
    FakeTimer(const FakeTimer&) = delete;
    FakeTimer& operator=(const FakeTimer&) = delete;
    ~FakeTimer() override { time_.timers_.erase(this); }
    void arm(std::chrono::steady_clock::time_point when) override { when_ = when; }
    void disarm() override { when_.reset(); }

    FakeTime& time_;
    Callback callback_;
    std::optional<std::chrono::steady_clock::time_point> when_{};
  };

  FakeTimer* earliest() {
    FakeTimer* found = nullptr;
    for (FakeTimer* timer : timers_) {
      if (timer->when_ && (found == nullptr || *timer->when_ < *found->when_)) found = timer;
    }
    return found;
  }
  void go_to(std::chrono::nanoseconds when) {
    wall_ += std::chrono::duration_cast<std::chrono::system_clock::duration>(when - monotonic_);
    monotonic_ = when;
  }

  std::chrono::nanoseconds monotonic_{0};
  std::chrono::system_clock::time_point wall_{};
  std::set<FakeTimer*> timers_;
};

}  // namespace minivmm::test
