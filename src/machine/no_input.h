#pragma once
// The keyboard and mouse of a machine that has none.

#include <functional>

#include "minivmm/input.h"

namespace minivmm {

class NoInput final : public InputSink {
 public:
  void key(KeyCode /*code*/, Press /*press*/) override {}
  void move(int /*dx*/, int /*dy*/) override {}
  void point(PointerPosition /*position*/) override {}
  void button(PointerButton /*button*/, Press /*press*/) override {}
  void wheel(int /*vertical*/, int /*horizontal*/) override {}
  void release_all() override {}
  [[nodiscard]] bool takes_positions() const override { return false; }
  [[nodiscard]] Leds leds() const override { return {}; }
  void when_changed(std::function<void()> /*changed*/) override {}
};

}  // namespace minivmm
