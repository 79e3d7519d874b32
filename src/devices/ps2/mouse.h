#pragma once
// A PS/2 mouse with wheel and five buttons: Microsoft's IntelliMouse Explorer.
// Source: the manual (devices/ps2/device.h), Auxiliary Device; the wheel's and the two side
// buttons' bytes: Microsoft, "Mouse and wheel support in Windows" (Advanced Power and Input, PS/2
// devices).

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>

#include "devices/ps2/device.h"
#include "devices/ps2/mouse_motion.h"
#include "minivmm/clock.h"
#include "minivmm/event_loop.h"
#include "minivmm/input.h"

namespace minivmm::ps2 {

/// A mouse of three buttons until a driver knocks: sample rates 200, 100, 80 in a row add the
/// wheel, 200, 200, 80 the side buttons. A pixel is a count, whatever the resolution.
///
/// In stream mode it sends a packet at most as often as the sample rate says, and forms it when it
/// is fetched: what happens meanwhile adds up (MouseMotion).
///
/// Threads: every function with the controller's lock held; the timer's callback takes it itself.
class Mouse final : public Device {
 public:
  struct Wiring {
    std::mutex& lock;               ///< The controller's.
    std::function<void()> changed;  ///< There may be something new in waiting(); lock held.
    const Clock& clock;
    EventLoop& loop;
  };

  explicit Mouse(Wiring wiring);

  /// Power-on, self-test passed and taken notice of. Buttons that are held stay held.
  void reset();

  /// Counts, right and down positive.
  void move(int dx, int dy);
  void button(PointerButton button, Press press);
  /// Notches, away from the person positive. It has no horizontal wheel.
  void wheel(int vertical, int horizontal);
  void release_all();

  [[nodiscard]] std::span<const std::uint8_t> waiting() override;
  void sent(std::size_t count) override;
  void receive(std::uint8_t value) override;

 private:
  enum class Id : std::uint8_t { kStandard = 0, kWheel = 3, kFiveButtons = 4 };

  void command(std::uint8_t value);
  /// Answers; false: there is no such command.
  [[nodiscard]] bool obey(std::uint8_t command);
  void refuse();
  void option(std::uint8_t command, std::uint8_t value);
  void set_sample_rate(std::uint8_t rate);
  void set_defaults();
  void add_data(std::uint8_t command);
  void add_status();
  void add_packet(const MouseSample& sample);

  /// Whether motion is of interest to the guest.
  [[nodiscard]] bool collects() const;
  [[nodiscard]] static unsigned bit_of(PointerButton button);
  [[nodiscard]] std::uint8_t visible_buttons() const;
  void tell_buttons();

  // Buttons, as the first byte of a packet has the first three. The others are one place further up
  // in the fourth byte.
  static constexpr unsigned kLeft = 1u << 0;
  static constexpr unsigned kRight = 1u << 1;
  static constexpr unsigned kMiddle = 1u << 2;
  static constexpr unsigned kThreeButtons = kLeft | kRight | kMiddle;
  static constexpr unsigned kSide = 1u << 3;
  static constexpr unsigned kExtra = 1u << 4;

  // A packet's nine bits, either way; twice the second still fits; the fourth byte's four bits.
  static constexpr int kMostCounts = 255;
  static constexpr int kMostScaledCounts = 127;
  static constexpr int kMostNotches = 7;

  // Configuration.
  static constexpr std::uint8_t kDefaultResolution = 2;  // 4 counts a millimetre.
  static constexpr std::uint8_t kDefaultSampleRate = 100;

  // Wiring.
  Wiring wiring_;

  // State.
  struct State {
    MouseMotion motion{};
    Bytes<6> output{};                      // An answer or a packet, as far as it is not sent yet.
    Bytes<6> last_output{};                 // All of it.
    std::optional<std::uint8_t> command{};  // Its option comes next.
    std::uint8_t resolution = kDefaultResolution;
    std::uint8_t sample_rate = kDefaultSampleRate;
    std::uint8_t rate_before = 0;  // The two rates before that one, for the knocks.
    std::uint8_t rate_before_that = 0;
    Id id = Id::kStandard;
    bool remote = false;
    bool wrap = false;
    bool double_scale = false;
    bool enabled = false;
    bool refused = false;  // The last byte was invalid.
    bool timer_armed = false;
    std::chrono::nanoseconds next_sample{0};  // Of the monotonic clock.
  } state_;
  std::uint8_t held_ = 0;  // What the person holds: no reset changes that.

  std::unique_ptr<EventLoop::Timer> timer_;  // Last: its callback uses all of the above.
};

}  // namespace minivmm::ps2
