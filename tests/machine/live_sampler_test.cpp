#include "machine/live_sampler.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <string>

#include "support/step_loop.h"

namespace minivmm {
namespace {

using namespace std::chrono_literals;

struct Counted {
  // Lets time pass in small steps, as a loop that is on time sees it.
  void pass(std::chrono::milliseconds time) {
    for (auto left = time; left > 0ms; left -= 10ms) loop.advance(10ms);
  }

  test::StepLoop loop;
  std::string events;
  LiveSampler sampler{loop,
                      {.now = [this] { return loop.now(); },
                       .begin = [this] { events += "begin "; },
                       .take = [this] { events += "take "; },
                       .end = [this] { events += "end "; }}};
};

TEST_CASE("a machine that nobody asks is not counted, and has no timer") {
  Counted machine;
  machine.pass(10s);
  CHECK(machine.events.empty());
  CHECK_FALSE(machine.loop.has_work());
}

TEST_CASE("who asks is answered after a second, whoever asks besides") {
  Counted machine;
  machine.sampler.ask();
  CHECK(machine.events == "begin ");
  machine.pass(500ms);
  machine.sampler.ask();
  machine.pass(450ms);
  CHECK(machine.events == "begin ");
  machine.pass(50ms);
  CHECK(machine.events == "begin take ");
}

TEST_CASE("who asks each time is answered each second") {
  Counted machine;
  machine.sampler.ask();
  for (int second = 0; second < 3; ++second) {
    machine.pass(1s);
    machine.sampler.ask();
  }
  CHECK(machine.events == "begin take take take ");
}

TEST_CASE("it ends when nobody has asked for a while, and begins again") {
  Counted machine;
  machine.sampler.ask();
  machine.pass(1s);
  machine.pass(1s);
  CHECK(machine.events == "begin take ");
  machine.pass(1s);
  CHECK(machine.events == "begin take end ");
  CHECK_FALSE(machine.loop.has_work());
  machine.sampler.ask();
  machine.pass(1s);
  CHECK(machine.events == "begin take end begin take ");
}

TEST_CASE("one who asks late is answered all the same") {
  Counted machine;
  machine.sampler.ask();
  machine.pass(2500ms);
  machine.sampler.ask();
  machine.pass(500ms);
  CHECK(machine.events == "begin take take ");
}

TEST_CASE("a host that slept is not caught up with") {
  Counted machine;
  machine.sampler.ask();
  machine.loop.advance(1000s);
  machine.sampler.ask();
  machine.pass(950ms);
  CHECK(machine.events == "begin take ");
  machine.pass(50ms);
  CHECK(machine.events == "begin take take ");
}

}  // namespace
}  // namespace minivmm
