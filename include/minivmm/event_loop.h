#pragma once
// One thread that waits for many things: timers, terminals, sockets, signals.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace minivmm {

/// Keeps a watch or a timer alive; destroying it (on any thread) ends it. After the destructor has
/// returned on the loop's thread the callback is never called again; on another thread, a callback
/// that is just running is waited for.
class Subscription {
 public:
  virtual ~Subscription() = default;
};

/// Threads: all functions from any thread; callbacks run on the loop's thread, no lock held.
class EventLoop {
 public:
  virtual ~EventLoop() = default;

  using Callback = std::function<void()>;

  /// Calls back whenever fd is readable (or its peer hung up), until the subscription ends.
  [[nodiscard]] virtual std::unique_ptr<Subscription> watch_readable(int fd, Callback callback) = 0;

  /// A timer, disarmed.
  class Timer : public Subscription {
   public:
    /// Fires once, at that time of the monotonic clock; an earlier setting is replaced.
    virtual void arm(std::chrono::steady_clock::time_point when) = 0;
    virtual void disarm() = 0;
  };
  [[nodiscard]] virtual std::unique_ptr<Timer> make_timer(Callback callback) = 0;

  /// Runs a function on the loop's thread, soon.
  virtual void post(Callback callback) = 0;
};

}  // namespace minivmm
