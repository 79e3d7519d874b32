#include "host/epoll_loop.h"

#include <fcntl.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <semaphore>
#include <stdexcept>
#include <vector>

#include "support/loop_thread.h"
#include "support/temp_folder.h"

namespace minivmm {
namespace {

using test::LoopThread;
using Clock = std::chrono::steady_clock;

TEST_CASE("what was posted runs in order on the loop's thread") {
  EpollLoop loop;
  std::vector<int> order;
  loop.post([&] { order.push_back(1); });
  loop.post([&] { order.push_back(2); });
  loop.stop();
  loop.run();
  CHECK(order == std::vector{1, 2});
}

TEST_CASE("a callback that posts and stops is answered in the next round") {
  EpollLoop loop;
  int calls = 0;
  loop.post([&] {
    loop.post([&] {
      ++calls;
      loop.stop();
    });
  });
  loop.run();
  CHECK(calls == 1);
}

TEST_CASE("a readable descriptor calls back until the subscription ends") {
  EpollLoop loop;
  const EventFd event;
  int calls = 0;
  std::unique_ptr<Subscription> watch;
  watch = loop.watch_readable(event.fd(), [&] {
    if (++calls < 3) return;
    watch.reset();  // From inside its own callback, whose captures are used after it.
    loop.stop();
  });
  event.signal();  // Never consumed: stays readable.
  loop.run();
  CHECK(calls == 3);
  CHECK(watch == nullptr);
}

TEST_CASE("a watch that another callback of the same round ended is not called") {
  EpollLoop loop;
  const EventFd first;
  const EventFd second;
  first.signal();
  second.signal();
  int calls = 0;
  std::unique_ptr<Subscription> one;
  std::unique_ptr<Subscription> two;
  const auto end_both = [&] {
    ++calls;
    one.reset();
    two.reset();
    loop.stop();
  };
  one = loop.watch_readable(first.fd(), end_both);
  two = loop.watch_readable(second.fd(), end_both);
  loop.run();
  CHECK(calls == 1);
}

TEST_CASE("ending a watch on another thread waits for its running callback") {
  LoopThread thread;
  const EventFd event;
  std::binary_semaphore inside{0};
  std::binary_semaphore proceed{0};
  std::atomic<bool> finished{false};
  auto watch = thread.loop().watch_readable(event.fd(), [&] {
    event.consume();
    inside.release();
    proceed.acquire();
    finished = true;
  });
  event.signal();
  inside.acquire();
  std::thread releaser([&] { proceed.release(); });
  watch.reset();
  CHECK(finished);
  releaser.join();
}

TEST_CASE("a regular file counts as always readable") {
  const test::TempFolder folder;
  const UniqueFd fd(::open(folder.file("input", "abc").c_str(), O_RDONLY | O_CLOEXEC));
  EpollLoop loop;
  int calls = 0;
  auto watch = loop.watch_readable(fd.get(), [&] {
    if (++calls == 2) loop.stop();
  });
  loop.run();
  CHECK(calls >= 2);
}

TEST_CASE("a timer fires once, also for a time that has passed") {
  EpollLoop loop;
  int calls = 0;
  std::unique_ptr<EventLoop::Timer> timer;
  timer = loop.make_timer([&] {
    ++calls;
    loop.stop();
  });
  timer->arm(Clock::time_point());
  loop.run();
  timer->arm(Clock::now() + std::chrono::milliseconds(1));
  loop.run();
  CHECK(calls == 2);
}

TEST_CASE("a disarmed timer stays silent, the earlier of two settings is replaced") {
  EpollLoop loop;
  int calls = 0;
  auto silent = loop.make_timer([&] { calls += 100; });
  auto replaced = loop.make_timer([&] {
    ++calls;
    loop.stop();
  });
  silent->arm(Clock::time_point());
  silent->disarm();
  replaced->arm(Clock::now() + std::chrono::hours(1));
  replaced->arm(Clock::time_point());
  loop.run();
  CHECK(calls == 1);
}

TEST_CASE("a timer may end itself inside its callback") {
  EpollLoop loop;
  const std::vector<int> value{7};  // The callback's copy lives on the heap.
  int seen = 0;
  std::unique_ptr<EventLoop::Timer> timer;
  timer = loop.make_timer([&, value] {
    timer.reset();
    seen = value[0];
    loop.stop();
  });
  timer->arm(Clock::time_point());
  loop.run();
  CHECK(seen == 7);
}

TEST_CASE("a callback's exception ends the loop, which can run again") {
  EpollLoop loop;
  loop.post([] { throw std::runtime_error("broken"); });
  CHECK_THROWS_WITH(loop.run(), "broken");
  loop.stop();
  loop.run();
}

TEST_CASE("threads post, arm and end watches while the loop runs") {
  LoopThread thread;
  std::atomic<int> posted{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const EventFd event;
      for (int round = 0; round < 200; ++round) {
        auto watch = thread.loop().watch_readable(event.fd(), [&] { event.consume(); });
        auto timer = thread.loop().make_timer([] {});
        timer->arm(Clock::now());
        event.signal();
        thread.loop().post([&] { ++posted; });
      }
    });
  }
  for (std::thread& each : threads) each.join();
  thread.run([] {});
  CHECK(posted == 800);
}

}  // namespace
}  // namespace minivmm
