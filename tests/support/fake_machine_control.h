#pragma once
// A machine as a whole, which writes down what is asked of it.

#include <functional>
#include <string>
#include <vector>

#include "minivmm/machine_control.h"

namespace minivmm::test {

/// Threads: one.
class FakeMachineControl final : public MachineControl {
 public:
  void press_power_button() override { wishes.emplace_back("power button"); }
  void press_reset() override { wishes.emplace_back("reset"); }
  void stop_now() override { wishes.emplace_back("stop now"); }
  void pause() override { set(State::kPaused); }
  void resume() override { set(State::kRunning); }
  [[nodiscard]] State state() const override { return state_; }
  void when_changed(std::function<void()> changed) override { changed_ = std::move(changed); }
  [[nodiscard]] CdControl* cd() override { return has_cd ? &cd_ : nullptr; }

  bool has_cd = false;

  std::vector<std::string> wishes;

 private:
  void set(State state) {
    state_ = state;
    if (changed_) changed_();
  }
  class Cd final : public CdControl {
   public:
    explicit Cd(FakeMachineControl& control) : control_(control) {}
    void insert(const std::string& path) override { control_.wishes.push_back("insert " + path); }
    void eject() override { control_.wishes.emplace_back("eject"); }

   private:
    FakeMachineControl& control_;
  };
  Cd cd_{*this};
  State state_ = State::kRunning;
  std::function<void()> changed_;
};

}  // namespace minivmm::test
