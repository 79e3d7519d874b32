#pragma once
// Input devices that write down what happens to them.

#include <fmt/core.h>

#include <functional>
#include <mutex>
#include <string>

#include "minivmm/input.h"

namespace minivmm::test {

/// Threads: any.
class FakeInputSink final : public InputSink {
 public:
  /// log is told each event as a line.
  explicit FakeInputSink(std::function<void(const std::string&)> log) : log_(std::move(log)) {}

  void key(KeyCode code, Press press) override {
    say(fmt::format("key {} {}", code.value, word(press)));
  }
  void move(int dx, int dy) override { say(fmt::format("move {} {}", dx, dy)); }
  void point(PointerPosition at) override { say(fmt::format("point {} {}", at.x, at.y)); }
  void button(PointerButton button, Press press) override {
    say(fmt::format("button {} {}", static_cast<int>(button), word(press)));
  }
  void wheel(int vertical, int horizontal) override {
    say(fmt::format("wheel {} {}", vertical, horizontal));
  }
  void release_all() override { say("release all"); }

  [[nodiscard]] bool takes_positions() const override {
    const std::lock_guard guard(mutex_);
    return takes_positions_;
  }
  [[nodiscard]] Leds leds() const override {
    const std::lock_guard guard(mutex_);
    return leds_;
  }
  void when_changed(std::function<void()> changed) override {
    const std::lock_guard guard(mutex_);
    changed_ = std::move(changed);
  }

  void set_takes_positions(bool takes) {
    change([&] { takes_positions_ = takes; });
  }
  void set_leds(const Leds& leds) {
    change([&] { leds_ = leds; });
  }

 private:
  static const char* word(Press press) { return press == Press::kDown ? "down" : "up"; }
  void say(const std::string& line) { log_(line); }
  void change(const std::function<void()>& how) {
    const std::lock_guard guard(mutex_);
    how();
    if (changed_) changed_();
  }

  const std::function<void(const std::string&)> log_;
  mutable std::mutex mutex_;
  bool takes_positions_ = false;
  Leds leds_{};
  std::function<void()> changed_;
};

}  // namespace minivmm::test
