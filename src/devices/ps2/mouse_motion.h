#pragma once
// What a mouse was moved and clicked, in order, until it is told.

#include <array>
#include <cstddef>
#include <cstdint>

namespace minivmm::ps2 {

/// What one packet tells. Counts, right and down positive; notches, away from the person positive.
struct MouseSample {
  int dx = 0;
  int dy = 0;
  int wheel = 0;
  std::uint8_t buttons = 0;
  bool x_overflow = false;  ///< Motion was lost before.
  bool y_overflow = false;
};

/// Motion adds up until a button changes; so a drag begins where the button went down, and a click
/// that is shorter than the guest's attention stays a click. After kSteps changes of buttons that
/// nobody fetched the newest replaces the one before.
class MouseMotion {
 public:
  /// The most that is kept of one axis between two buttons; more is told as an overflow.
  static constexpr int kMostCounts = 4096;
  static constexpr int kMostNotches = 64;

  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::uint8_t buttons() const { return newest_buttons_; }

  void move(int dx, int dy);
  void turn(int notches);
  void press(std::uint8_t buttons);

  /// The oldest part, at most most_counts on each axis and most_notches; what is beyond stays, and
  /// with it the button that changed after it. If empty(): no motion.
  [[nodiscard]] MouseSample take(int most_counts, int most_notches);

  /// Nothing of what was is told any more.
  void clear();

 private:
  struct Step {
    MouseSample sample{};  // Its buttons are those after the motion.
    bool changes_buttons = false;
  };
  static constexpr std::size_t kSteps = 16;

  Step& add_step();
  Step& step_for_motion();

  std::array<Step, kSteps> steps_{};
  std::size_t size_ = 0;
  std::uint8_t told_buttons_ = 0;
  std::uint8_t newest_buttons_ = 0;
};

}  // namespace minivmm::ps2
