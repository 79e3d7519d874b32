// A machine without a guest: a screen that does what it is told on standard input, and says on
// standard output what its viewer's user does. For the tests of the window.
//
//   screen_only FILE.png [--none]     screenshots go to FILE; --none: opens no window
//
//   show W H SEED   another mode            redraw FIRST END SEED   rows change
//   off             the screen is off       tablet 0|1              the guest takes positions
//   echo WORD       says WORD, after all that came before
//   save            writes the screenshot
//   sample EXITS    the window that asked is told of a second with so many exits of com1
//   end             ends (so does the end of input)

#include <fmt/core.h>

#include <iostream>
#include <mutex>
#include <sstream>
#include <string>

#include "machine/run_control.h"
#include "machine/screen_side.h"
#include "machine/stop_control.h"
#include "support/fake_input_sink.h"
#include "support/fake_scanout.h"

namespace {

using namespace minivmm;

void say(const std::string& line) {
  static std::mutex mutex;
  const std::lock_guard guard(mutex);
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

// What the window's user asks of the machine, in words.
class SpokenControl final : public MachineControl {
 public:
  void press_power_button() override { say("power button"); }
  void press_reset() override { say("reset"); }
  void stop_now() override { say("stop now"); }
  void pause() override { set(State::kPaused, "pause"); }
  void resume() override { set(State::kRunning, "resume"); }
  [[nodiscard]] State state() const override { return state_; }
  void when_changed(std::function<void()> changed) override { changed_ = std::move(changed); }

 private:
  void set(State state, const char* word) {
    say(word);
    state_ = state;
    if (changed_) changed_();
  }
  std::atomic<State> state_{State::kRunning};
  std::function<void()> changed_;
};

// Whoever asks for a sample is given the one that the test makes.
class Looker {
 public:
  void ask(ScreenSide::Deliver deliver) {
    {
      const std::lock_guard guard(mutex_);
      deliver_ = std::move(deliver);
    }
    say("asked");
  }
  /// COM1 made so many exits in a second, another device a third of them.
  void tell(unsigned exits) {
    LiveSample sample{.exits = exits + exits / 3, .all_cpus = 2, .device_count = 2, .cpu_count = 2};
    set_text(sample.devices[0].name, "com1");
    sample.devices[0].exits = exits;
    set_text(sample.devices[1].name, "rtc");
    sample.devices[1].exits = exits / 3;
    sample.cpus[0] = {.state = LiveSample::CpuState::kRunning, .busy = 870, .exits = sample.exits};
    const std::lock_guard guard(mutex_);
    if (deliver_) std::exchange(deliver_, {})(sample);
  }

 private:
  std::mutex mutex_;
  ScreenSide::Deliver deliver_;
};

bool obey(const std::string& line, test::FakeScanout& scanout, test::FakeInputSink& input,
          ScreenSide& side, Looker& looker) {
  std::istringstream words(line);
  std::string verb;
  words >> verb;
  unsigned a = 0;
  unsigned b = 0;
  unsigned seed = 0;
  if (verb == "end") return false;
  if (verb == "echo") say(line.substr(verb.size() + 1));
  if (verb == "save") side.take_screenshot();
  if (verb == "off") scanout.show({});
  words >> a >> b >> seed;
  if (verb == "show") scanout.show({a, b}, seed);
  if (verb == "redraw") scanout.redraw({a, b}, seed);
  if (verb == "sample") looker.tell(a);
  if (verb == "tablet") input.set_takes_positions(a != 0);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  MachineConfig config;
  config.disks.push_back({.path = "screen_only"});
  if (argc > 1) config.screen.screenshot = argv[1];
  if (argc > 2) config.screen.display = DisplayKind::kNone;
  SpokenControl control;
  test::FakeScanout scanout({640, 400});
  test::FakeInputSink input(say);
  Looker looker;
  ScreenSide side(config, control,
                  {.on_expected = [] { say("expected"); },
                   .ask_sample = [&](ScreenSide::Deliver deliver) { looker.ask(deliver); }});
  side.attach({.scanout = scanout, .lock = scanout.lock(), .input = input});
  side.open_window();
  say(fmt::format("pid {}", ::getpid()));
  for (std::string line;
       std::getline(std::cin, line) && obey(line, scanout, input, side, looker);) {
  }
  side.detach();
  return 0;
}
