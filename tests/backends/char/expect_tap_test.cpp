#include "backends/char/expect_tap.h"

#include <catch2/catch.hpp>
#include <functional>
#include <string>

#include "backends/char/null_backend.h"
#include "host/epoll_loop.h"
#include "minivmm/error.h"
#include "support/byte_log.h"

namespace minivmm {
namespace {

using Catch::Contains;
using test::bytes_of;

struct Tap {
  explicit Tap(const std::string& pattern)
      : tap(std::make_unique<NullBackend>(), loop, pattern, [this] {
          ++matches;
          loop.stop();
        }) {}

  void say(std::string_view text) { tap.send(bytes_of(text)); }
  void say_bytewise(std::string_view text) {
    for (const char& c : text) tap.send(bytes_of({&c, 1}));
  }

  EpollLoop loop;
  int matches = 0;
  ExpectTap tap;
};

TEST_CASE("a text is found in a line, once") {
  Tap tap("Welcome to [A-Z]");
  tap.say("Linux version 6.1\r\nWelcome to Debian\r\n");
  CHECK(tap.matches == 1);
  tap.say("Welcome to Debian\r\n");
  CHECK(tap.matches == 1);
  CHECK(tap.tap.matched_at_end());
}

TEST_CASE("a text that comes byte by byte, as from a UART, is found at the end of its line") {
  Tap tap("^init: [0-9]+ done$");
  tap.say_bytewise("init: 12 done\r\n");
  CHECK(tap.matches == 1);
}

TEST_CASE("a prompt without a line's end is found soon") {
  Tap tap("login: ");
  tap.say_bytewise("debian login: ");
  tap.loop.run();  // Until the match stops it.
  CHECK(tap.matches == 1);
}

TEST_CASE("what hasn't come isn't found, and a match doesn't span lines") {
  Tap tap("foo\\s*bar");
  tap.say("foo\r\nbar\r\nfoobaz\n");
  CHECK(tap.matches == 0);
  CHECK_FALSE(tap.tap.matched_at_end());
}

TEST_CASE("^ and $ are the ends of a line, not of what has come so far") {
  Tap at_start("^bar");
  at_start.say("foobar\nbarfoo\n");
  CHECK(at_start.matches == 1);
  Tap at_end("foo$");
  at_end.say("foobar\n");
  CHECK_FALSE(at_end.tap.matched_at_end());
  at_end.say("foo");
  CHECK(at_end.tap.matched_at_end());
}

TEST_CASE("$ doesn't match where a line still grows") {
  Tap tap("foo$");
  tap.say(std::string(ExpectTap::kMaxLine - 3, 'x') + "foo");  // Searched here, as it is full.
  tap.say("bar\n");
  CHECK(tap.matches == 0);
}

TEST_CASE("a guest that ends right after the text, in the middle of a line, has said it") {
  Tap tap("done");
  tap.say("all done");
  CHECK(tap.matches == 0);
  CHECK(tap.tap.matched_at_end());
}

TEST_CASE("a line without an end is kept in bounds, and a text in it is found") {
  Tap tap("^x+needle");
  tap.say(std::string(10 * ExpectTap::kMaxLine, 'x'));
  tap.say("needle\n");
  CHECK(tap.matches == 0);  // The line's beginning is gone.
  Tap other("needle");
  other.say(std::string(10 * ExpectTap::kMaxLine - 3, 'x') + "needle" + std::string(9000, 'y'));
  CHECK(other.matches == 1);
}

TEST_CASE("an expression that backtracks without bounds elsewhere ends here") {
  Tap tap("(x+x+)+y");
  tap.say(std::string(2000, 'x') + "\n");
  CHECK(tap.matches == 0);
}

TEST_CASE("what is no regular expression is refused with the reason") {
  EpollLoop loop;
  const auto make = [&](const std::string& pattern) {
    ExpectTap(std::make_unique<NullBackend>(), loop, pattern, [] {});
  };
  CHECK_THROWS_AS(make("login: ["), ConfigError);
  CHECK_THROWS_WITH(make("a("), Contains("--expect 'a('") && Contains("not a regular expression"));
  CHECK_THROWS_AS(make("(a)\\1"), ConfigError);
}

class LoopBack final : public CharBackend {
 public:
  void send(std::span<const std::byte> bytes) override { sent.take(bytes); }
  void set_receiver(Receiver to) override { receiver = std::move(to); }
  void resume() override { ++resumes; }
  void stop_waiting() override { ++stops; }

  test::ByteLog sent;
  Receiver receiver;
  int resumes = 0;
  int stops = 0;
};

TEST_CASE("everything passes through to the backend behind it") {
  EpollLoop loop;
  auto owned = std::make_unique<LoopBack>();
  LoopBack& inner = *owned;
  ExpectTap tap(std::move(owned), loop, "never", [] {});
  tap.send(bytes_of("out"));
  tap.set_receiver([](std::span<const std::byte> bytes) { return bytes.size(); });
  tap.resume();
  tap.stop_waiting();
  CHECK(inner.sent.text() == "out");
  CHECK(inner.receiver(bytes_of("in")) == 2);
  CHECK(inner.resumes == 1);
  CHECK(inner.stops == 1);
}

}  // namespace
}  // namespace minivmm
