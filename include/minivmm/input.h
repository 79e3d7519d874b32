#pragma once
// What a person does with keyboard and mouse: between a window (or a test) and the input devices.

#include <cstdint>
#include <functional>

namespace minivmm {

/// A key by its position, as Linux numbers them (linux/input-event-codes.h, KEY_*): KEY_A is 30,
/// the key right of Caps Lock on every keyboard, whatever is printed on it.
struct KeyCode {
  std::uint16_t value = 0;
  friend bool operator==(KeyCode, KeyCode) = default;
};

enum class Press { kDown, kUp };

enum class PointerButton { kLeft, kRight, kMiddle, kSide, kExtra };

/// A position on the screen: 0 is the left (top) edge, kEnd the right (bottom) one.
struct PointerPosition {
  static constexpr std::uint16_t kEnd = 32767;
  std::uint16_t x = 0;
  std::uint16_t y = 0;
};

/// Takes input for the guest.
///
/// Threads: every function from any thread; takes the devices' locks itself.
/// Errors: none. Keys that a device doesn't have are ignored; what a guest doesn't fetch is dropped
/// when the device's own queue is full, as with real hardware.
class InputSink {
 public:
  virtual ~InputSink() = default;

  /// A key that repeats is one kDown: repetition is the device's (or the guest's) business.
  virtual void key(KeyCode code, Press press) = 0;
  /// Motion in pixels, right and down positive.
  virtual void move(int dx, int dy) = 0;
  /// Only where takes_positions().
  virtual void point(PointerPosition position) = 0;
  virtual void button(PointerButton button, Press press) = 0;
  /// Notches; positive is away from the person, and to the right.
  virtual void wheel(int vertical, int horizontal) = 0;
  /// All keys and buttons that are down go up: the window lost the focus, or the viewer went away.
  virtual void release_all() = 0;

  /// Whether the guest has a driver for a tablet now, so that no grab is needed.
  [[nodiscard]] virtual bool takes_positions() const = 0;

  struct Leds {
    bool scroll_lock = false;
    bool num_lock = false;
    bool caps_lock = false;
    friend bool operator==(const Leds&, const Leds&) = default;
  };
  [[nodiscard]] virtual Leds leds() const = 0;

  /// Calls changed whenever takes_positions() or leds() may have changed, from any thread, with a
  /// device's lock held: it may only wake somebody. Replaces an earlier one; empty: nobody.
  virtual void when_changed(std::function<void()> changed) = 0;
};

}  // namespace minivmm
