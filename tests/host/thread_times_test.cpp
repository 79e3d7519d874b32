#include "host/thread_times.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <future>
#include <thread>

namespace minivmm {
namespace {

const ThreadTime* find(const std::vector<ThreadTime>& threads, int id) {
  const auto found = std::ranges::find(threads, id, &ThreadTime::id);
  return found == threads.end() ? nullptr : &*found;
}

TEST_CASE("a thread that waits sleeps under its own name, whatever is in it") {
  std::promise<int> begun;
  std::promise<void> end;
  std::thread thread([&] {
    pthread_setname_np(pthread_self(), "a) R (b");
    begun.set_value(::gettid());
    end.get_future().wait();
  });
  const int id = begun.get_future().get();
  // It may still be on its way into the wait.
  ThreadTime seen;
  do {
    const auto threads = read_thread_times();
    const ThreadTime* found = find(threads, id);
    REQUIRE(found != nullptr);
    seen = *found;
  } while (!seen.sleeps);
  CHECK(seen.name == "a) R (b");
  end.set_value();
  thread.join();
}

TEST_CASE("a thread that works is awake, and its time grows") {
  const auto before = read_thread_times();
  const ThreadTime* first = find(before, ::gettid());
  REQUIRE(first != nullptr);
  CHECK_FALSE(first->sleeps);
  const auto start = first->busy;
  for (;;) {  // Ends, because this very loop is work.
    const auto now = read_thread_times();
    if (find(now, ::gettid())->busy > start) break;
  }
}

TEST_CASE("this process is in memory") {
  CHECK(read_resident_bytes() > 1 << 20);
}

}  // namespace
}  // namespace minivmm
