#include "devices/ps2/keyboard.h"

#include <linux/input-event-codes.h>

#include <utility>

namespace minivmm::ps2 {

namespace {

using std::chrono::nanoseconds;

// "Overrun": what is sent for keys that were lost.
constexpr std::uint8_t kOverrun = 0x00;
constexpr std::uint8_t kOverrunSet1 = 0xff;

}  // namespace

Keyboard::Keyboard(Wiring wiring) : wiring_(std::move(wiring)) {
  timer_ = wiring_.loop.make_timer([this] {
    const std::lock_guard guard(wiring_.lock);
    repeat();
  });
}

void Keyboard::reset() {
  const std::uint8_t leds = state_.leds;
  stop_repeating();
  state_ = State();
  if (leds != 0 && wiring_.leds_changed) wiring_.leds_changed();
}

// --- To the guest

/// A key that is half sent goes before an answer, so that no answer looks like its second half.
/// Keys wait while an option is awaited ("... discontinues scanning, and waits for the option").
std::span<const std::uint8_t> Keyboard::waiting() {
  if (state_.codes.is_within_key()) return state_.codes.span();
  if (!state_.replies.empty()) return state_.replies.span();
  if (state_.command) return {};
  return state_.codes.span();
}

void Keyboard::sent(std::size_t count) {
  const std::span<const std::uint8_t> bytes = waiting();
  if (count == 0 || count > bytes.size()) return;
  state_.last_sent = bytes[count - 1];
  if (bytes.data() == state_.codes.span().data()) {
    state_.codes.remove_first(count);
    tell_released_keys();
  } else {
    state_.replies.remove_first(count);
  }
}

// --- Keys

void Keyboard::key(KeyCode code, Press press) {
  if (make_code(code, ScanCodeSet::k2) == 0) return;
  const bool down = press == Press::kDown;
  if (held_[code.value] == down) return;
  held_[code.value] = down;
  if (down) {
    this->press(code);
  } else {
    if (state_.repeating == code) stop_repeating();
    tell_released_keys();
  }
  wiring_.changed();
}

void Keyboard::release_all() {
  held_.reset();
  stop_repeating();
  tell_released_keys();
  wiring_.changed();
}

KeyType Keyboard::type_of(KeyCode code) const {
  if (state_.set != ScanCodeSet::k3) return KeyType::kTypematicMakeBreak;
  return state_.key_types[make_code(code, ScanCodeSet::k3)];
}

void Keyboard::press(KeyCode code) {
  stop_repeating();
  if (!state_.scanning) return;
  const Modifiers modifiers{.shift = held_[KEY_LEFTSHIFT] || held_[KEY_RIGHTSHIFT],
                            .control = held_[KEY_LEFTCTRL] || held_[KEY_RIGHTCTRL],
                            .alt = held_[KEY_LEFTALT] || held_[KEY_RIGHTALT]};
  const KeySequence sequence = press_sequence(code, state_.set, modifiers);
  if (sequence.empty()) return;
  if (!state_.codes.has_room(sequence.span())) {
    return state_.codes.add_overrun(state_.set == ScanCodeSet::k1 ? kOverrunSet1 : kOverrun);
  }
  state_.codes.add(sequence.span());
  if (code == KeyCode{KEY_SYSRQ}) state_.print_screen = print_screen_form(modifiers);
  const KeyType type = type_of(code);
  if (tells_release(type)) state_.told.set(code.value);
  if (repeats(type)) start_repeating(code);
}

void Keyboard::tell_released_keys() {
  const std::bitset<kKeyCodes> released = state_.told & ~held_;
  if (released.none()) return;
  for (std::size_t i = 0; i < kKeyCodes; ++i) {
    if (!released[i]) continue;
    const KeyCode code{static_cast<std::uint16_t>(i)};
    const KeySequence sequence = release_sequence(code, state_.set, state_.print_screen);
    if (!state_.codes.has_room(sequence.span())) return;
    state_.codes.add(sequence.span());
    state_.told.reset(i);
  }
}

// --- Repetition

/// "Set Typematic Rate/Delay": bits 5 and 6.
nanoseconds Keyboard::repeat_delay() const {
  constexpr std::chrono::milliseconds kUnit(250);
  return kUnit * (((state_.typematic >> 5) & 3) + 1);
}

/// The same: bits 0 to 2 are a number, bits 3 and 4 an exponent, the unit is 1/240 of a second.
nanoseconds Keyboard::repeat_period() const {
  constexpr nanoseconds kUnit = nanoseconds(std::chrono::seconds(1)) / 240;
  return kUnit * ((8 + (state_.typematic & 7)) << ((state_.typematic >> 3) & 3));
}

void Keyboard::start_repeating(KeyCode code) {
  if (repeat_sequence(code, state_.set, state_.print_screen).empty()) return;
  state_.repeating = code;
  state_.repeat_at = wiring_.clock.monotonic() + repeat_delay();
  timer_->arm(std::chrono::steady_clock::time_point(state_.repeat_at));
}

void Keyboard::stop_repeating() {
  if (!state_.repeating) return;
  state_.repeating.reset();
  timer_->disarm();
}

/// The timer may have fired just before it was disarmed or armed anew.
void Keyboard::repeat() {
  const nanoseconds now = wiring_.clock.monotonic();
  if (!state_.repeating || now < state_.repeat_at) return;
  if (state_.codes.empty()) {
    state_.codes.add(repeat_sequence(*state_.repeating, state_.set, state_.print_screen).span());
    wiring_.changed();
  }
  state_.repeat_at = now + repeat_period();
  timer_->arm(std::chrono::steady_clock::time_point(state_.repeat_at));
}

}  // namespace minivmm::ps2
