#include "backends/display/screen.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "minivmm/error.h"
#include "support/fake_input_sink.h"
#include "support/fake_machine_control.h"
#include "support/fake_scanout.h"
#include "support/live_samples.h"
#include "support/step_loop.h"
#include "support/temp_folder.h"
#include "support/test_viewer.h"

namespace minivmm {
namespace {

using test::pattern_at;
using test::TestViewer;

// A screen with its devices; nothing is drawn before somebody looks.
struct Desk {
  explicit Desk(Screen::Configuration configuration = {.guest_name = "guest"})
      : screen(std::move(configuration), {.loop = loop,
                                          .control = control,
                                          .now = [this] { return loop.now(); },
                                          .on_expected = [this] { ++expected; },
                                          .ask_sample = [this] { ++samples_asked; }}) {
    attach(scanout);
  }
  void attach(test::FakeScanout& shown) {
    screen.attach({.scanout = shown, .lock = shown.lock(), .input = input});
    loop.run_ready();
  }
  // A viewer that has been greeted, and waits for its first picture.
  void introduce(TestViewer& viewer) {
    screen.server().adopt(viewer.take_machines_end());
    viewer.say(view::Hello{});
    loop.run_ready();
    REQUIRE(viewer.hear<view::Welcome>());
  }
  // The same viewer's answer to the Update that it just heard.
  void see(TestViewer& viewer) {
    REQUIRE(viewer.see());
    loop.run_ready();
  }
  // Until what the guest began to draw on an idle screen is shown.
  void settle() {
    loop.run_ready();
    loop.advance(Screen::kSettleTime);
  }

  test::StepLoop loop;
  test::FakeMachineControl control;
  test::FakeScanout scanout{{64, 32}};
  std::vector<std::string> events;
  test::FakeInputSink input{[this](const std::string& line) { events.push_back(line); }};
  int expected = 0;
  int samples_asked = 0;
  Screen screen;
};

std::vector<RowRange> rows_of(const view::Update& update) {
  return {update.ranges.begin(), update.ranges.begin() + update.range_count};
}

bool shows_pattern(const FrameView& frame, unsigned seed, RowRange rows) {
  bool same = true;
  for (unsigned y = rows.first; y < rows.end; ++y) {
    for (unsigned x = 0; x < frame.size().width; ++x)
      same = same && frame.pixels()[y * frame.stride() + x] == pattern_at(x, y, seed);
  }
  return same;
}

TEST_CASE("a screen that nobody looks at is not drawn, whatever the guest does") {
  Desk desk;
  desk.scanout.redraw({0, 8}, 1);
  desk.loop.advance(std::chrono::seconds(1));
  CHECK(desk.scanout.draws == 0);
  CHECK_FALSE(desk.loop.has_work());
}

TEST_CASE("a viewer gets the whole picture first, then the rows that change") {
  Desk desk;
  TestViewer viewer;
  desk.introduce(viewer);
  const auto first = viewer.see();
  REQUIRE(first);
  CHECK(first->new_frame == 1);
  CHECK(rows_of(*first) == std::vector<RowRange>{{0, 32}});
  REQUIRE(viewer.frame());
  CHECK(shows_pattern(*viewer.frame(), 0, {0, 32}));

  desk.loop.advance(Screen::kFrameTime);
  desk.scanout.redraw({5, 7}, 1);
  desk.loop.run_ready();
  CHECK_FALSE(viewer.see());  // More may follow.
  desk.settle();
  const auto second = viewer.see();
  REQUIRE(second);
  CHECK(second->new_frame == 0);
  CHECK(rows_of(*second) == std::vector<RowRange>{{5, 7}});
  CHECK(shows_pattern(*viewer.frame(), 1, {5, 7}));
  CHECK(shows_pattern(*viewer.frame(), 0, {7, 32}));
}

TEST_CASE("a guest that draws all the time is drawn once a frame's time") {
  Desk desk;
  TestViewer viewer;
  desk.introduce(viewer);
  desk.see(viewer);
  desk.loop.advance(Screen::kFrameTime);
  const int before = desk.scanout.draws;
  for (unsigned i = 0; i < 600; ++i) {  // Each a millisecond after the last.
    desk.scanout.redraw({i % 32, i % 32 + 1}, i);
    desk.loop.advance(std::chrono::milliseconds(1));
    (void)viewer.see();
    desk.loop.run_ready();
  }
  CHECK(desk.scanout.draws - before <= 37);
  CHECK(desk.scanout.draws - before >= 33);
}

TEST_CASE("an idle screen has nothing to do and no timer") {
  Desk desk;
  TestViewer viewer;
  desk.introduce(viewer);
  desk.see(viewer);
  desk.loop.advance(std::chrono::seconds(1));
  const int before = desk.scanout.draws;
  desk.loop.advance(std::chrono::hours(1));
  CHECK(desk.scanout.draws == before);
  CHECK_FALSE(desk.loop.has_work());
}

TEST_CASE("a viewer that hangs costs no drawing, and later gets all that it missed") {
  Desk desk;
  TestViewer viewer;
  desk.introduce(viewer);
  desk.see(viewer);
  desk.loop.advance(Screen::kFrameTime);
  desk.scanout.redraw({1, 2}, 1);
  desk.settle();
  const auto hung_at = viewer.hear<view::Update>();  // It never says that it has seen this.
  REQUIRE(hung_at);
  const int before = desk.scanout.draws;
  for (unsigned i = 0; i < 100; ++i) {
    desk.scanout.redraw({10, 12}, 2);
    desk.scanout.redraw({20, 21}, 2);
    desk.loop.advance(Screen::kFrameTime);
  }
  CHECK(desk.scanout.draws == before);
  CHECK_FALSE(viewer.hear<view::Update>());

  viewer.say(view::Seen{hung_at->serial});
  desk.loop.run_ready();
  const auto update = viewer.hear<view::Update>();
  REQUIRE(update);
  CHECK(rows_of(*update) == std::vector<RowRange>{{10, 12}, {20, 21}});
}

TEST_CASE("another mode is another frame, and a screen that is off has none") {
  Desk desk;
  TestViewer viewer;
  desk.introduce(viewer);
  desk.see(viewer);
  desk.loop.advance(Screen::kFrameTime);
  desk.scanout.show({100, 50}, 3);
  desk.settle();
  const auto update = viewer.see();
  REQUIRE(update);
  CHECK(update->new_frame == 1);
  CHECK(update->width == 100);
  CHECK(shows_pattern(*viewer.frame(), 3, {0, 50}));

  desk.loop.advance(Screen::kFrameTime);
  desk.scanout.show({});
  desk.settle();
  const auto off = viewer.see();
  REQUIRE(off);
  CHECK(off->new_frame == 1);
  CHECK(off->width == 0);
}

TEST_CASE("a picture that is too large is not shown, and the next one is") {
  Desk desk;
  TestViewer viewer;
  desk.introduce(viewer);
  desk.see(viewer);
  desk.loop.advance(Screen::kFrameTime);
  desk.scanout.show({16385, 1});
  desk.settle();
  const auto off = viewer.see();
  REQUIRE(off);
  CHECK(off->width == 0);
  desk.scanout.show({64, 32});
  desk.loop.advance(2 * Screen::kFrameTime);
  const auto shown = viewer.see();
  REQUIRE(shown);
  CHECK(shown->width == 64);
}

TEST_CASE("a guest's reset leaves the viewer where it is, with the new board's picture") {
  Desk desk;
  TestViewer viewer;
  desk.introduce(viewer);
  desk.see(viewer);
  desk.screen.detach();
  CHECK_FALSE(desk.scanout.is_watched());
  desk.loop.advance(std::chrono::seconds(1));
  test::FakeScanout after({64, 32});
  after.show({64, 32}, 9);
  desk.attach(after);
  const auto update = viewer.see();
  REQUIRE(update);
  CHECK(rows_of(*update) == std::vector<RowRange>{{0, 32}});
  CHECK(shows_pattern(*viewer.frame(), 9, {0, 32}));
  desk.screen.detach();
}

TEST_CASE("what a user does arrives at the devices, and goes up when the viewer goes") {
  Desk desk;
  TestViewer viewer;
  desk.introduce(viewer);
  viewer.say(view::Key{30, 1});
  viewer.say(view::Motion{-3, 4});
  viewer.say(view::Position{1, 2});  // The guest has no tablet: nobody to say it to.
  viewer.say(view::Button{2, 1});
  viewer.say(view::Wheel{-1, 0});
  viewer.say(view::Command{view::Wish::kPowerButton});
  viewer.hang_up();
  desk.loop.run_ready();
  CHECK(desk.events == std::vector<std::string>{"key 30 down", "move -3 4", "button 2 down",
                                                "wheel -1 0", "release all"});
  CHECK(desk.control.wishes == std::vector<std::string>{"power button"});
  CHECK_FALSE(desk.screen.server().has_viewer());
}

TEST_CASE("a viewer knows of a CD-ROM drive, and may eject the disc") {
  const bool has_cd = GENERATE(false, true);
  Desk desk;
  desk.control.has_cd = has_cd;
  TestViewer viewer;
  desk.introduce(viewer);
  if (has_cd) CHECK(viewer.hear<view::Drive>());
  desk.see(viewer);
  desk.input.set_leds({.caps_lock = true});
  desk.loop.run_ready();
  const auto update = viewer.see();
  REQUIRE(update);
  CHECK(((update->state & view::kHasCd) != 0) == has_cd);
  viewer.say(view::Command{view::Wish::kEjectCd});
  desk.loop.run_ready();
  CHECK(desk.control.wishes ==
        (has_cd ? std::vector<std::string>{"eject"} : std::vector<std::string>{}));
}

TEST_CASE("a viewer is told of the LEDs, the tablet and the pause") {
  Desk desk;
  TestViewer viewer;
  desk.introduce(viewer);
  desk.see(viewer);
  desk.input.set_leds({.caps_lock = true});
  desk.loop.run_ready();
  const auto leds = viewer.see();
  REQUIRE(leds);
  CHECK(leds->state == view::kCapsLock);
  desk.loop.run_ready();
  desk.input.set_takes_positions(true);
  viewer.say(view::Command{view::Wish::kPause});
  desk.loop.run_ready();
  desk.see(viewer);
  const auto both = viewer.see();
  const auto state = both ? both->state : 0;
  CHECK((desk.control.state() == MachineControl::State::kPaused));
  CHECK((state == 0 || state == (view::kCapsLock | view::kTakesPositions | view::kPaused)));
}

TEST_CASE("the expected text is found without a viewer, in any of the rows") {
  Desk desk({.guest_name = "guest", .expect = "^debian login: $"});
  desk.scanout.write({"Debian GNU/Linux 12 debian tty1", "", "debian login:"});
  desk.loop.advance(Screen::kFrameTime);
  CHECK(desk.expected == 0);
  desk.scanout.write({"Debian GNU/Linux 12 debian tty1", "", "debian login: "});
  CHECK(desk.screen.expectation_met());
  desk.loop.advance(Screen::kFrameTime);
  CHECK(desk.expected == 1);
  desk.scanout.write({"debian login: "});
  desk.loop.advance(Screen::kFrameTime);
  CHECK(desk.expected == 1);
  CHECK(desk.screen.expectation_met());
}

TEST_CASE("a text may span rows, and a graphics mode has none") {
  Desk desk({.guest_name = "guest", .expect = "one\ntwo"});
  desk.loop.advance(Screen::kFrameTime);
  CHECK_FALSE(desk.screen.expectation_met());
  desk.scanout.write({"one", "two"});
  desk.settle();
  CHECK(desk.expected == 1);
}

TEST_CASE("a screenshot is of the moment that the text was found at") {
  const test::TempFolder folder;
  Desk desk({.guest_name = "guest", .screenshot = folder.path("s.png"), .expect = "done"});
  CHECK_FALSE(std::filesystem::exists(folder.path("s.png")));
  desk.loop.advance(Screen::kFrameTime);
  desk.scanout.write({"done"});
  desk.settle();
  CHECK(desk.screen.saved_at_match());
  CHECK(folder.content("s.png").starts_with("\x89PNG"));
}

TEST_CASE("a screenshot is drawn at once, and a viewer misses nothing by it") {
  const test::TempFolder folder;
  Desk desk({.guest_name = "guest", .screenshot = folder.path("s.png")});
  desk.screen.take_screenshot();
  CHECK(folder.content("s.png").starts_with("\x89PNG"));
  desk.scanout.redraw({3, 4}, 2);
  desk.screen.take_screenshot();
  TestViewer viewer;
  desk.introduce(viewer);
  REQUIRE(viewer.see());
  CHECK(shows_pattern(*viewer.frame(), 2, {3, 4}));
}

TEST_CASE("what is no regular expression is refused") {
  CHECK_THROWS_WITH(Desk({.guest_name = "guest", .expect = "("}),
                    Catch::Contains("--expect-screen '('"));
}

TEST_CASE("a viewer that asks for a sample is told one, and no other is") {
  Desk desk;
  TestViewer viewer;
  desk.introduce(viewer);
  desk.see(viewer);
  desk.screen.tell(test::make_sample());
  viewer.say(view::AskSample{});
  viewer.say(view::AskSample{});
  desk.loop.run_ready();
  CHECK(desk.samples_asked == 1);
  desk.screen.tell(test::make_sample());
  desk.screen.tell(test::make_sample());
  const auto sample = viewer.hear<LiveSample>();
  REQUIRE(sample);
  CHECK(sample->exits == 1000);
  CHECK_FALSE(viewer.hear<LiveSample>());

  viewer.say(view::AskSample{});
  desk.loop.run_ready();
  TestViewer second;
  desk.introduce(second);
  REQUIRE(second.see());
  desk.screen.tell(test::make_sample());
  CHECK_FALSE(second.hear<LiveSample>());
}

}  // namespace
}  // namespace minivmm
