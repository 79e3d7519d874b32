#pragma once
// A 105-key PS/2 keyboard with the usual multimedia and power keys.
// Source: the manual (devices/ps2/device.h), Keyboards (101- and 102-Key).

#include <bitset>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>

#include "devices/ps2/device.h"
#include "devices/ps2/key_buffer.h"
#include "devices/ps2/key_sequences.h"
#include "minivmm/clock.h"
#include "minivmm/event_loop.h"
#include "minivmm/input.h"

namespace minivmm::ps2 {

/// Speaks scan code sets 1, 2 and 3, set 2 after power-on. It repeats the key that went down last
/// for as long as it is held, and only into an empty buffer, so that a slow guest gets no backlog.
///
/// A key that goes up while the buffer is full is told as soon as there is room: the guest never
/// believes in a key that is not held. Keys that go down then are lost and an overrun is told.
///
/// Threads: every function with the controller's lock held; the timer's callback takes it itself.
class Keyboard final : public Device {
 public:
  struct Wiring {
    std::mutex& lock;                    ///< The controller's.
    std::function<void()> changed;       ///< There may be something new in waiting(); lock held.
    std::function<void()> leds_changed;  ///< leds() has changed; lock held.
    const Clock& clock;
    EventLoop& loop;
  };

  explicit Keyboard(Wiring wiring);

  /// Power-on, self-test passed and taken notice of. Keys that are held stay held.
  void reset();

  void key(KeyCode code, Press press);
  void release_all();
  [[nodiscard]] InputSink::Leds leds() const;

  [[nodiscard]] std::span<const std::uint8_t> waiting() override;
  void sent(std::size_t count) override;
  void receive(std::uint8_t value) override;

 private:
  void command(std::uint8_t value);
  void option(std::uint8_t command, std::uint8_t value);
  void set_key_type(std::uint8_t set3, KeyType type);
  void set_all_key_types(KeyType type);
  void select_set(std::uint8_t value);
  void set_leds(std::uint8_t value);
  void set_defaults();
  void clear_codes();

  [[nodiscard]] KeyType type_of(KeyCode code) const;
  void press(KeyCode code);
  void tell_released_keys();
  void start_repeating(KeyCode code);
  void stop_repeating();
  void repeat();
  [[nodiscard]] std::chrono::nanoseconds repeat_delay() const;
  [[nodiscard]] std::chrono::nanoseconds repeat_period() const;

  // Configuration.
  static constexpr std::uint8_t kDefaultTypematic = 0x2b;  // 10.9 a second after 500 ms.

  // Wiring.
  Wiring wiring_;

  // State.
  struct State {
    std::bitset<kKeyCodes> told{};  // The keys that the guest believes to be down.
    KeyBuffer codes{};
    Bytes<4> replies{};                     // Answers to commands; they go before keys.
    std::optional<std::uint8_t> command{};  // Its option comes next.
    std::optional<KeyCode> repeating{};
    std::chrono::nanoseconds repeat_at{0};  // Of the monotonic clock.
    KeyTypes key_types = default_key_types();
    std::uint8_t typematic = kDefaultTypematic;
    std::uint8_t leds = 0;
    std::uint8_t last_sent = 0;
    PrintScreenForm print_screen = PrintScreenForm::kWithShift;  // As it was told to be down.
    ScanCodeSet set = ScanCodeSet::k2;
    bool scanning = true;
  } state_;
  std::bitset<kKeyCodes> held_{};  // What the person holds: no reset changes that.

  std::unique_ptr<EventLoop::Timer> timer_;  // Last: its callback uses all of the above.
};

}  // namespace minivmm::ps2
