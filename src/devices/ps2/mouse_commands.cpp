// What a guest can tell the mouse.

#include <algorithm>
#include <array>

#include "devices/ps2/mouse.h"

namespace minivmm::ps2 {

namespace {

// Answers ("Auxiliary Device", "Commands").
constexpr std::uint8_t kAck = 0xfa;
constexpr std::uint8_t kSelfTestPassed = 0xaa;
constexpr std::uint8_t kResendThat = 0xfe;
constexpr std::uint8_t kError = 0xfc;

// Commands (the same).
constexpr std::uint8_t kFirstCommand = 0xe6;  // Options are below.
constexpr std::uint8_t kScaleOnce = 0xe6;
constexpr std::uint8_t kScaleTwice = 0xe7;
constexpr std::uint8_t kSetResolution = 0xe8;
constexpr std::uint8_t kStatusRequest = 0xe9;
constexpr std::uint8_t kSetStreamMode = 0xea;
constexpr std::uint8_t kReadData = 0xeb;
constexpr std::uint8_t kResetWrapMode = 0xec;
constexpr std::uint8_t kSetWrapMode = 0xee;
constexpr std::uint8_t kSetRemoteMode = 0xf0;
constexpr std::uint8_t kReadId = 0xf2;
constexpr std::uint8_t kSetSampleRate = 0xf3;
constexpr std::uint8_t kEnable = 0xf4;
constexpr std::uint8_t kDisable = 0xf5;
constexpr std::uint8_t kSetDefault = 0xf6;
constexpr std::uint8_t kResend = 0xfe;
constexpr std::uint8_t kReset = 0xff;

constexpr std::uint8_t kHighestResolution = 3;
constexpr std::array<std::uint8_t, 7> kSampleRates = {10, 20, 40, 60, 80, 100, 200};

// The first byte of a status.
constexpr unsigned kStatusRight = 1u << 0;
constexpr unsigned kStatusMiddle = 1u << 1;
constexpr unsigned kStatusLeft = 1u << 2;
constexpr unsigned kStatusDoubleScale = 1u << 4;
constexpr unsigned kStatusEnabled = 1u << 5;
constexpr unsigned kStatusRemote = 1u << 6;

}  // namespace

/// A command ends the packet that is being sent ("Commands": the device stops sending).
void Mouse::receive(std::uint8_t value) {
  if (state_.wrap && value != kReset && value != kResetWrapMode) {
    return state_.output.set({value});
  }
  if (value == kResend) {
    state_.output = state_.last_output;
    return;
  }
  state_.output.clear();
  if (state_.command && value < kFirstCommand) {
    option(*state_.command, value);
  } else {
    state_.command.reset();
    command(value);
  }
  state_.last_output = state_.output;
}

void Mouse::command(std::uint8_t value) {
  if (!obey(value)) return refuse();
  state_.refused = false;
}

bool Mouse::obey(std::uint8_t command) {
  state_.output.set({kAck});
  switch (command) {
    case kScaleOnce:
    case kScaleTwice:
      state_.double_scale = command == kScaleTwice;
      return true;
    case kSetResolution:
    case kSetSampleRate:
      state_.command = command;
      return true;
    case kStatusRequest:
    case kReadData:
    case kReadId:
      add_data(command);
      return true;
    case kSetStreamMode:
    case kSetRemoteMode:
      state_.remote = command == kSetRemoteMode;
      state_.motion.clear();
      return true;
    case kSetWrapMode:
    case kResetWrapMode:
      state_.wrap = command == kSetWrapMode;
      return true;
    case kEnable:
    case kDisable:
      state_.enabled = command == kEnable;
      state_.motion.clear();
      return true;
    case kSetDefault:
      set_defaults();
      return true;
    case kReset:
      reset();
      state_.output.set({kAck, kSelfTestPassed, static_cast<std::uint8_t>(Id::kStandard)});
      return true;
    default:
      return false;
  }
}

/// The first wrong byte is asked for again, the second one in a row is an error ("Error").
void Mouse::refuse() {
  if (state_.refused) state_.command.reset();
  state_.output.set({state_.refused ? kError : kResendThat});
  state_.refused = !state_.refused;
}

void Mouse::option(std::uint8_t command, std::uint8_t value) {
  const bool good = command == kSetResolution ? value <= kHighestResolution
                                              : std::find(kSampleRates.begin(), kSampleRates.end(),
                                                          value) != kSampleRates.end();
  if (!good) return refuse();
  state_.refused = false;
  state_.command.reset();
  state_.output.set({kAck});
  if (command == kSetResolution) {
    state_.resolution = value;
  } else {
    set_sample_rate(value);
  }
}

/// Three rates in a row are how a driver says that it knows a wheel, or five buttons.
void Mouse::set_sample_rate(std::uint8_t rate) {
  const bool knock_end = rate == 80 && state_.rate_before_that == 200;
  if (knock_end && state_.rate_before == 100) state_.id = Id::kWheel;
  if (knock_end && state_.rate_before == 200) state_.id = Id::kFiveButtons;
  state_.rate_before_that = state_.rate_before;
  state_.rate_before = rate;
  state_.sample_rate = rate;
  tell_buttons();
}

/// "Set Default": stream mode, disabled. The knocks stay in force.
void Mouse::set_defaults() {
  state_.resolution = kDefaultResolution;
  state_.sample_rate = kDefaultSampleRate;
  state_.remote = state_.double_scale = state_.enabled = false;
  state_.motion.clear();
}

void Mouse::add_data(std::uint8_t command) {
  if (command == kStatusRequest) return add_status();
  if (command == kReadData) return add_packet(state_.motion.take(kMostCounts, kMostNotches));
  state_.output.add(static_cast<std::uint8_t>(state_.id));
}

void Mouse::add_status() {
  unsigned first = 0;
  if ((held_ & kRight) != 0) first |= kStatusRight;
  if ((held_ & kMiddle) != 0) first |= kStatusMiddle;
  if ((held_ & kLeft) != 0) first |= kStatusLeft;
  if (state_.double_scale) first |= kStatusDoubleScale;
  if (state_.enabled) first |= kStatusEnabled;
  if (state_.remote) first |= kStatusRemote;
  state_.output.add(static_cast<std::uint8_t>(first));
  state_.output.add(state_.resolution);
  state_.output.add(state_.sample_rate);
}

}  // namespace minivmm::ps2
