#include "devices/i8042.h"

#include "devices/ps2/scan_codes.h"

namespace minivmm {

namespace {

// Status register (the manual, "Status Register").
constexpr unsigned kOutputFull = 1u << 0;
constexpr unsigned kSystemFlag = 1u << 2;
constexpr unsigned kCommandData = 1u << 3;
constexpr unsigned kNotInhibited = 1u << 4;
constexpr unsigned kMouseOutputFull = 1u << 5;

// Command byte: RAM location 0 ("Controller Command Byte"). Bit 2 is the status' system flag.
constexpr std::uint8_t kKeyboardInterrupt = 1u << 0;
constexpr std::uint8_t kMouseInterrupt = 1u << 1;
constexpr std::uint8_t kCommandByteSystemFlag = 1u << 2;
constexpr std::uint8_t kKeyboardDisable = 1u << 4;
constexpr std::uint8_t kMouseDisable = 1u << 5;
constexpr std::uint8_t kTranslate = 1u << 6;

// Output port ("Output Port").
constexpr unsigned kResetLine = 1u << 0;
constexpr unsigned kA20 = 1u << 1;
constexpr unsigned kMouseIrq = 1u << 5;
constexpr unsigned kKeyboardIrq = 1u << 4;

// Commands ("Controller Commands").
constexpr std::uint8_t kReadRam = 0x20;   // 0x20 to 0x3f.
constexpr std::uint8_t kWriteRam = 0x60;  // 0x60 to 0x7f.
constexpr std::uint8_t kRamAddress = 0x1f;
constexpr std::uint8_t kTestPassword = 0xa4;
constexpr std::uint8_t kDisableMouse = 0xa7;
constexpr std::uint8_t kEnableMouse = 0xa8;
constexpr std::uint8_t kTestMousePort = 0xa9;
constexpr std::uint8_t kSelfTest = 0xaa;
constexpr std::uint8_t kTestKeyboardPort = 0xab;
constexpr std::uint8_t kDisableKeyboard = 0xad;
constexpr std::uint8_t kEnableKeyboard = 0xae;
constexpr std::uint8_t kReadInputPort = 0xc0;
constexpr std::uint8_t kReadOutputPort = 0xd0;
constexpr std::uint8_t kWriteOutputPort = 0xd1;
constexpr std::uint8_t kWriteKeyboardOutput = 0xd2;
constexpr std::uint8_t kWriteMouseOutput = 0xd3;
constexpr std::uint8_t kWriteMouse = 0xd4;
constexpr std::uint8_t kPulseOutputPort = 0xf0;  // 0xf0 to 0xff: bits that are 0 are pulsed.

// Answers.
constexpr std::uint8_t kNoPassword = 0xf1;
constexpr std::uint8_t kPortGood = 0x00;
constexpr std::uint8_t kSelfTestPassed = 0x55;
constexpr std::uint8_t kInputPort = 0x80;  // The keyboard is not locked.

// From a keyboard in set 2: the key of the next code went up, in set 1 bit 7 of that code.
constexpr std::uint8_t kBreakPrefix = 0xf0;
constexpr std::uint8_t kBreakBit = 0x80;

}  // namespace

I8042::I8042(const Wiring& wiring)
    : wiring_(wiring),
      keyboard_({.lock = lock(),
                 .changed = [this] { refill(); },
                 .leds_changed =
                     [this] {
                       if (leds_changed_) leds_changed_();
                     },
                 .clock = wiring.clock,
                 .loop = wiring.loop}),
      mouse_({.lock = lock(),
              .changed = [this] { refill(); },
              .clock = wiring.clock,
              .loop = wiring.loop}) {}

void I8042::reset() {
  state_ = {};
  update_irq();
  keyboard_.reset();
  mouse_.reset();
}

void I8042::when_leds_changed(std::function<void()> changed) {
  leds_changed_ = std::move(changed);
}

std::uint8_t I8042::read_register(std::uint64_t offset) {
  if (offset == kCommandPort) return status();
  if (offset != kDataPort) return kNobody;
  const std::uint8_t value = state_.output;  // An empty buffer still holds what it held last.
  if (state_.device_bytes != 0) {
    ps2::Device& device =
        state_.output_from_mouse ? device_at(Source::kMousePort) : device_at(Source::kKeyboardPort);
    device.sent(state_.device_bytes);
  }
  empty_output();
  refill();
  return value;
}

void I8042::write_register(std::uint64_t offset, std::uint8_t value) {
  if (offset == kCommandPort) {
    state_.last_was_command = true;
    command(value);
  } else if (offset == kDataPort) {
    state_.last_was_command = false;
    data(value);
  }
  refill();
}

void I8042::command(std::uint8_t value) {
  state_.waiting.reset();
  if (value >= kPulseOutputPort) {
    if ((value & kResetLine) == 0) wiring_.power.reset();
    return;
  }
  if (value >= kReadRam && value <= kReadRam + kRamAddress) {
    answer(state_.ram[value & kRamAddress]);
    return;
  }
  if (value >= kWriteRam && value <= kWriteRam + kRamAddress) {
    state_.waiting = value;
    return;
  }
  switch (value) {
    case kTestPassword:
      return answer(kNoPassword);
    case kDisableMouse:
      return set_command_byte(kMouseDisable, true);
    case kEnableMouse:
      return set_command_byte(kMouseDisable, false);
    case kDisableKeyboard:
      return set_command_byte(kKeyboardDisable, true);
    case kEnableKeyboard:
      return set_command_byte(kKeyboardDisable, false);
    case kTestMousePort:
    case kTestKeyboardPort:
      return answer(kPortGood);
    case kSelfTest:
      set_command_byte(kCommandByteSystemFlag, true);
      return answer(kSelfTestPassed);
    case kReadInputPort:
      return answer(kInputPort);
    case kReadOutputPort:
      return answer(output_port());
    case kWriteOutputPort:
    case kWriteKeyboardOutput:
    case kWriteMouseOutput:
    case kWriteMouse:
      state_.waiting = value;
      return;
    default:  // The firmware knows no more commands.
      return;
  }
}

void I8042::data(std::uint8_t value) {
  const std::optional<std::uint8_t> waiting = state_.waiting;
  state_.waiting.reset();
  if (!waiting) return send(Source::kKeyboardPort, value);
  switch (*waiting) {
    case kWriteOutputPort:
      return write_output_port(value);
    case kWriteKeyboardOutput:
      return answer(value, Source::kKeyboardPort);
    case kWriteMouseOutput:
      return answer(value, Source::kMousePort);
    case kWriteMouse:
      return send(Source::kMousePort, value);
    default:
      return write_ram(*waiting & kRamAddress, value);
  }
}

/// The byte of a device that was here is still with the device, and comes again.
void I8042::answer(std::uint8_t value, Source source) {
  empty_output();
  state_.output = value;
  state_.output_full = true;
  state_.output_from_mouse = source == Source::kMousePort;
}

/// Sending takes the clock line, so that it ends an inhibition ("Keyboard Controller", "Input
/// Buffer"). What the device was about to say waits until it has answered.
void I8042::send(Source port, std::uint8_t value) {
  const bool to_mouse = port == Source::kMousePort;
  set_command_byte(to_mouse ? kMouseDisable : kKeyboardDisable, false);
  if (state_.device_bytes != 0 && state_.output_from_mouse == to_mouse) empty_output();
  device_at(port).receive(value);
}

ps2::Device& I8042::device_at(Source port) {
  if (port == Source::kMousePort) return mouse_;
  return keyboard_;
}

void I8042::empty_output() {
  state_.output_full = false;
  state_.output_from_mouse = false;
  state_.device_bytes = 0;
  update_irq();  // So that the next byte is an edge.
}

/// Takes the next byte of a device whose port is enabled, the keyboard's first.
void I8042::refill() {
  if (!state_.output_full && (state_.ram[0] & kKeyboardDisable) == 0) take_keyboard_byte();
  if (!state_.output_full && (state_.ram[0] & kMouseDisable) == 0) take_mouse_byte();
  update_irq();
}

void I8042::take_keyboard_byte() {
  const std::span<const std::uint8_t> bytes = keyboard_.waiting();
  if (bytes.empty()) return;
  state_.output_full = true;
  state_.device_bytes = 1;
  state_.output = bytes[0];
  if ((state_.ram[0] & kTranslate) == 0) return;
  // A release is one byte of set 1. The keyboard puts both bytes of it there at once.
  if (bytes[0] == kBreakPrefix && bytes.size() > 1) {
    state_.device_bytes = 2;
    state_.output = ps2::translate(bytes[1]) | kBreakBit;
  } else {
    state_.output = ps2::translate(bytes[0]);
  }
}

void I8042::take_mouse_byte() {
  const std::span<const std::uint8_t> bytes = mouse_.waiting();
  if (bytes.empty()) return;
  state_.output_full = true;
  state_.output_from_mouse = true;
  state_.device_bytes = 1;
  state_.output = bytes[0];
}

void I8042::write_ram(std::uint8_t address, std::uint8_t value) {
  state_.ram[address] = value;
}

void I8042::write_output_port(std::uint8_t value) {
  state_.a20 = (value & kA20) != 0;
  if ((value & kResetLine) == 0) wiring_.power.reset();
}

std::uint8_t I8042::output_port() const {
  unsigned value = kResetLine;
  if (state_.a20) value |= kA20;
  if (state_.output_full) value |= state_.output_from_mouse ? kMouseIrq : kKeyboardIrq;
  return static_cast<std::uint8_t>(value);
}

std::uint8_t I8042::status() const {
  unsigned value = kNotInhibited;
  if (state_.output_full) value |= kOutputFull;
  if ((state_.ram[0] & kCommandByteSystemFlag) != 0) value |= kSystemFlag;
  if (state_.last_was_command) value |= kCommandData;
  if (state_.output_from_mouse) value |= kMouseOutputFull;
  return static_cast<std::uint8_t>(value);
}

void I8042::set_command_byte(std::uint8_t bits, bool on) {
  const unsigned value = state_.ram[0];
  state_.ram[0] = static_cast<std::uint8_t>(on ? value | bits : value & ~unsigned{bits});
}

void I8042::update_irq() {
  const bool from_mouse = state_.output_from_mouse;
  const std::uint8_t command_byte = state_.ram[0];
  wiring_.keyboard_irq.set(state_.output_full && !from_mouse &&
                           (command_byte & kKeyboardInterrupt) != 0);
  wiring_.mouse_irq.set(state_.output_full && from_mouse && (command_byte & kMouseInterrupt) != 0);
}

}  // namespace minivmm
