#pragma once
// An event loop on a thread of its own.

#include <functional>
#include <future>
#include <thread>

#include "host/epoll_loop.h"

namespace minivmm::test {

/// Runs until stop() or the end of its life.
class LoopThread {
 public:
  LoopThread() : thread_([this] { loop_.run(); }) {}
  ~LoopThread() { stop(); }

  [[nodiscard]] EpollLoop& loop() { return loop_; }

  /// Runs a function on the loop's thread and waits for its end.
  void run(const std::function<void()>& function) {
    std::promise<void> done;
    loop_.post([&] {
      function();
      done.set_value();
    });
    done.get_future().wait();
  }

  void stop() {
    if (!thread_.joinable()) return;
    loop_.stop();
    thread_.join();
  }

 private:
  EpollLoop loop_;
  std::thread thread_;
};

}  // namespace minivmm::test
