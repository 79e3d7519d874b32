// What a guest can tell the keyboard.

#include "devices/ps2/keyboard.h"

namespace minivmm::ps2 {

namespace {

// Answers ("Commands to the System").
constexpr std::uint8_t kAck = 0xfa;
constexpr std::uint8_t kSelfTestPassed = 0xaa;
constexpr std::uint8_t kResendThat = 0xfe;
constexpr std::uint8_t kIdFirst = 0xab;
constexpr std::uint8_t kIdSecond = 0x83;

// Commands ("Commands from the System").
constexpr std::uint8_t kFirstCommand = 0xed;  // Options are below.
constexpr std::uint8_t kSetLeds = 0xed;
constexpr std::uint8_t kEcho = 0xee;
constexpr std::uint8_t kSelectSet = 0xf0;
constexpr std::uint8_t kReadId = 0xf2;
constexpr std::uint8_t kSetTypematic = 0xf3;
constexpr std::uint8_t kEnable = 0xf4;
constexpr std::uint8_t kDefaultDisable = 0xf5;
constexpr std::uint8_t kSetDefault = 0xf6;
constexpr std::uint8_t kAllTypematic = 0xf7;
constexpr std::uint8_t kAllMakeBreak = 0xf8;
constexpr std::uint8_t kAllMake = 0xf9;
constexpr std::uint8_t kAllTypematicMakeBreak = 0xfa;
constexpr std::uint8_t kKeyTypematic = 0xfb;
constexpr std::uint8_t kKeyMakeBreak = 0xfc;
constexpr std::uint8_t kKeyMake = 0xfd;
constexpr std::uint8_t kResend = 0xfe;
constexpr std::uint8_t kReset = 0xff;

// The LEDs' bits ("Set/Reset Status Indicators").
constexpr unsigned kScrollLock = 1u << 0;
constexpr unsigned kNumLock = 1u << 1;
constexpr unsigned kCapsLock = 1u << 2;
constexpr unsigned kAllLeds = kScrollLock | kNumLock | kCapsLock;

constexpr std::uint8_t kTypematicReserved = 0x80;

KeyType key_type_of(std::uint8_t command) {
  switch (command) {
    case kAllTypematic:
    case kKeyTypematic:
      return KeyType::kTypematic;
    case kAllMakeBreak:
    case kKeyMakeBreak:
      return KeyType::kMakeBreak;
    case kAllMake:
    case kKeyMake:
      return KeyType::kMake;
    default:
      return KeyType::kTypematicMakeBreak;
  }
}

}  // namespace

InputSink::Leds Keyboard::leds() const {
  return {.scroll_lock = (state_.leds & kScrollLock) != 0,
          .num_lock = (state_.leds & kNumLock) != 0,
          .caps_lock = (state_.leds & kCapsLock) != 0};
}

void Keyboard::receive(std::uint8_t value) {
  if (value == kResend) {
    Bytes<4> again;
    again.add(state_.last_sent);
    for (const std::uint8_t reply : state_.replies.span()) again.add(reply);
    state_.replies = again;
    return;
  }
  state_.replies.clear();
  if (state_.command && value < kFirstCommand) return option(*state_.command, value);
  state_.command.reset();
  command(value);
}

void Keyboard::command(std::uint8_t value) {
  state_.replies.set({kAck});
  switch (value) {
    case kEcho:
      return state_.replies.set({kEcho});
    case kSelectSet:
      clear_codes();
      [[fallthrough]];
    case kSetLeds:
    case kSetTypematic:
    case kKeyTypematic:
    case kKeyMakeBreak:
    case kKeyMake:
      state_.command = value;
      return;
    case kReadId:
      return state_.replies.set({kAck, kIdFirst, kIdSecond});
    case kEnable:
      clear_codes();
      state_.scanning = true;
      return;
    case kDefaultDisable:
      set_defaults();
      state_.told.reset();
      state_.scanning = false;
      return;
    case kSetDefault:
      return set_defaults();
    case kAllTypematic:
    case kAllMakeBreak:
    case kAllMake:
    case kAllTypematicMakeBreak:
      return set_all_key_types(key_type_of(value));
    case kReset:
      reset();
      return state_.replies.set({kAck, kSelfTestPassed});
    default:
      return state_.replies.set({kResendThat});
  }
}

/// An option that makes no sense is asked for again.
void Keyboard::option(std::uint8_t command, std::uint8_t value) {
  const bool last = command < kKeyTypematic || command > kKeyMake;  // A list of keys goes on.
  const bool good = (command != kSelectSet || value <= 3) &&
                    (command != kSetTypematic || (value & kTypematicReserved) == 0);
  state_.replies.set({good ? kAck : kResendThat});
  if (!good) return;
  if (last) state_.command.reset();
  switch (command) {
    case kSetLeds:
      return set_leds(value);
    case kSelectSet:
      return select_set(value);
    case kSetTypematic:
      state_.typematic = value;
      return;
    default:
      return set_key_type(value, key_type_of(command));
  }
}

void Keyboard::set_leds(std::uint8_t value) {
  const auto leds = static_cast<std::uint8_t>(value & kAllLeds);
  if (leds == state_.leds) return;
  state_.leds = leds;
  if (wiring_.leds_changed) wiring_.leds_changed();
}

void Keyboard::select_set(std::uint8_t value) {
  if (value == 0) {
    state_.replies.add(static_cast<std::uint8_t>(state_.set));
    return;
  }
  state_.set = ScanCodeSet{value};
  state_.key_types = default_key_types();
  stop_repeating();
}

void Keyboard::set_key_type(std::uint8_t set3, KeyType type) {
  state_.key_types[set3] = type;
}

void Keyboard::set_all_key_types(KeyType type) {
  clear_codes();
  state_.key_types.fill(type);
}

/// Indicators stay ("Set Default").
void Keyboard::set_defaults() {
  clear_codes();
  state_.set = ScanCodeSet::k2;
  state_.typematic = kDefaultTypematic;
  state_.key_types = default_key_types();
}

void Keyboard::clear_codes() {
  state_.codes = {};
  stop_repeating();
}

}  // namespace minivmm::ps2
