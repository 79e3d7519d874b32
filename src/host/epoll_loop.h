#pragma once
// The event loop over epoll(7): one timerfd a timer, one eventfd for what is posted.

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "host/event_fd.h"
#include "host/unique_fd.h"
#include "minivmm/event_loop.h"

namespace minivmm {

/// Threads: run() on one thread; everything else from any.
/// Ownership: subscriptions and timers refer to the loop and are destroyed before it.
/// Errors: HostError where the host has no more file descriptors.
class EpollLoop final : public EventLoop {
 public:
  EpollLoop();
  ~EpollLoop() override;
  EpollLoop(const EpollLoop&) = delete;
  EpollLoop& operator=(const EpollLoop&) = delete;

  /// A descriptor that can't be waited for (a regular file, /dev/null) counts as always readable.
  [[nodiscard]] std::unique_ptr<Subscription> watch_readable(int fd, Callback callback) override;
  /// The timer's descriptor is made by the first arm().
  [[nodiscard]] std::unique_ptr<Timer> make_timer(Callback callback) override;
  void post(Callback callback) override;

  /// Calls back until stop(), which may have come before; what was posted before it still runs.
  /// An exception of a callback ends it and is passed on.
  void run();
  /// Threads: any.
  void stop();

 private:
  class Watch;
  class EpollTimer;

  using Id = std::uint64_t;

  Id add(Watch& watch, int fd);
  void remove(Watch& watch, int fd);
  void dispatch(Id id);
  void dispatch_always_readable();
  bool run_posted();
  int wait_timeout();

  UniqueFd epoll_;
  EventFd wake_;

  std::mutex mutex_;
  std::condition_variable callback_ended_;
  std::unordered_map<Id, Watch*> watches_;
  std::vector<Id> always_readable_;
  std::vector<Callback> posted_;
  Id next_id_ = 1;  // 0 is wake_.
  Watch* running_ = nullptr;
  std::unique_ptr<Callback> retired_;  // Of a watch that ended inside its own callback.
  std::thread::id loop_thread_;
  bool stop_ = false;
};

}  // namespace minivmm
