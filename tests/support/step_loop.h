#pragma once
// An event loop that runs when a test says so, with timers in the test's own time.

#include <poll.h>

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "minivmm/event_loop.h"

namespace minivmm::test {

/// Threads: one.
class StepLoop final : public EventLoop {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Runs whatever is ready, until nothing is. Time stands still.
  void run_ready() {
    while (run_posted() || run_readable() || run_timers()) {
    }
  }
  /// Lets time pass, and runs what becomes ready.
  void advance(std::chrono::nanoseconds by) {
    now_ += std::chrono::duration_cast<Time::duration>(by);
    run_ready();
  }
  [[nodiscard]] Time now() const { return now_; }
  /// Whether something would run without anybody's doing, now or later.
  [[nodiscard]] bool has_work() const {
    for (const auto& [id, timer] : timers_) {
      if (timer->when) return true;
    }
    return !posted_.empty();
  }

  std::unique_ptr<Subscription> watch_readable(int fd, Callback callback) override {
    watches_[next_id_] = {fd, std::make_shared<Callback>(std::move(callback))};
    return std::make_unique<Watch>(*this, next_id_++);
  }
  std::unique_ptr<Timer> make_timer(Callback callback) override {
    return std::make_unique<StepTimer>(*this, std::move(callback));
  }
  void post(Callback callback) override { posted_.push_back(std::move(callback)); }

 private:
  struct Watched {
    int fd = -1;
    std::shared_ptr<Callback> callback{};
  };
  class Watch final : public Subscription {
   public:
    Watch(StepLoop& loop, int id) : loop_(loop), id_(id) {}
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch() override { loop_.watches_.erase(id_); }

   private:
    StepLoop& loop_;
    int id_;
  };
  class StepTimer final : public Timer {
   public:
    StepTimer(StepLoop& loop, Callback call)
        : callback(std::move(call)), loop_(loop), id_(loop.next_id_++) {
      loop_.timers_[id_] = this;
    }
    StepTimer(const StepTimer&) = delete;
    StepTimer& operator=(const StepTimer&) = delete;
    ~StepTimer() override { loop_.timers_.erase(id_); }
    void arm(Time at) override { when = at; }
    void disarm() override { when.reset(); }

    std::optional<Time> when{};
    Callback callback;

   private:
    StepLoop& loop_;
    int id_;
  };

  bool run_posted() {
    if (posted_.empty()) return false;
    const Callback callback = std::move(posted_.front());
    posted_.pop_front();
    callback();
    return true;
  }
  bool run_readable() {
    for (const auto& [id, watched] : watches_) {
      pollfd fd{.fd = watched.fd, .events = POLLIN, .revents = 0};
      if (::poll(&fd, 1, 0) != 1) continue;
      const auto callback = watched.callback;  // The watch may end inside.
      (*callback)();
      return true;
    }
    return false;
  }
  bool run_timers() {
    for (const auto& [id, timer] : timers_) {
      if (!timer->when || *timer->when > now_) continue;
      timer->when.reset();
      timer->callback();
      return true;
    }
    return false;
  }

  Time now_{std::chrono::seconds(1000)};
  std::deque<Callback> posted_;
  std::map<int, Watched> watches_;
  std::map<int, StepTimer*> timers_;
  int next_id_ = 1;
};

}  // namespace minivmm::test
