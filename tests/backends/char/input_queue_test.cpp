#include "backends/char/input_queue.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <thread>

#include "support/byte_log.h"
#include "support/loop_thread.h"

namespace minivmm {
namespace {

using test::bytes_of;
using test::LoopThread;

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Runs the loop for what is ready.
void settle(EpollLoop& loop) {
  loop.post([&] { loop.post([&] { loop.stop(); }); });
  loop.run();
}

TEST_CASE("bytes that arrive without a receiver are dropped") {
  EpollLoop loop;
  InputQueue queue(loop, {});
  CHECK(queue.deliver(bytes_of("early")));
  std::string got;
  queue.set_receiver([&](auto bytes) {
    got += text_of(bytes);
    return bytes.size();
  });
  CHECK(queue.deliver(bytes_of("late")));
  CHECK(got == "late");
}

TEST_CASE("what a receiver doesn't take is offered again after resume, in order") {
  EpollLoop loop;
  bool emptied = false;
  InputQueue queue(loop, [&] { emptied = true; });
  std::string got;
  std::size_t room = 2;
  queue.set_receiver([&](std::span<const std::byte> bytes) {
    const auto taken = bytes.first(std::min(room, bytes.size()));
    got += text_of(taken);
    room -= taken.size();
    return taken.size();
  });
  CHECK_FALSE(queue.deliver(bytes_of("abc")));
  CHECK_FALSE(queue.deliver(bytes_of("de")));
  CHECK(got == "ab");

  room = 1;
  queue.resume();
  CHECK(got == "ab");  // Never from inside resume().
  settle(loop);
  CHECK(got == "abc");
  CHECK_FALSE(emptied);

  room = 10;
  queue.resume();
  settle(loop);
  CHECK(got == "abcde");
  CHECK(emptied);
}

TEST_CASE("bytes that wait are kept for the next receiver") {
  EpollLoop loop;
  InputQueue queue(loop, {});
  queue.set_receiver([](auto) { return std::size_t{0}; });
  CHECK_FALSE(queue.deliver(bytes_of("kept")));
  queue.set_receiver({});
  settle(loop);
  std::string got;
  queue.set_receiver([&](auto bytes) {
    got += text_of(bytes);
    return bytes.size();
  });
  settle(loop);
  CHECK(got == "kept");
}

TEST_CASE("a receiver may replace itself") {
  EpollLoop loop;
  InputQueue queue(loop, {});
  std::string got;
  queue.set_receiver([&](std::span<const std::byte> bytes) {
    queue.set_receiver([&](std::span<const std::byte> more) {
      got += text_of(more);
      return more.size();
    });
    return bytes.size() - bytes.size() / 2;
  });
  queue.deliver(bytes_of("abcd"));
  settle(loop);
  CHECK(got == "cd");
}

TEST_CASE("a slow guest on another thread loses nothing") {
  LoopThread thread;
  std::mutex mutex;
  std::string got;
  std::size_t room = 0;
  InputQueue queue(thread.loop(), {});
  queue.set_receiver([&](std::span<const std::byte> bytes) {
    const std::lock_guard lock(mutex);
    const auto taken = bytes.first(std::min(room, bytes.size()));
    got += text_of(taken);
    room -= taken.size();
    return taken.size();
  });
  std::string sent;
  for (int i = 0; i < 1000; ++i) sent += static_cast<char>('a' + i % 26);
  thread.loop().post([&] {
    for (std::size_t i = 0; i < sent.size(); i += 10)
      queue.deliver(bytes_of(std::string_view(sent).substr(i, 10)));
  });
  std::mt19937 random(7);
  for (bool all = false; !all;) {
    {
      const std::lock_guard lock(mutex);
      room = random() % 16 + 1;  // A UART's FIFO.
      all = got.size() == sent.size();
    }
    queue.resume();
    std::this_thread::yield();
  }
  CHECK(got == sent);
  thread.stop();
}

}  // namespace
}  // namespace minivmm
