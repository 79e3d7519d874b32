#include "devices/virtio/virtio_tablet.h"

#include <linux/input-event-codes.h>
#include <linux/input.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "devices/virtio/features.h"
#include "devices/virtio/input_answer.h"
#include "devices/virtio/virtio_pci_layout.h"

namespace minivmm::virtio {
namespace {

constexpr std::uint16_t kEvents = 0;
constexpr std::uint16_t kStatus = 1;
constexpr std::uint16_t kQueueSize = 64;

/// Far more than a driver has waiting; an end for one that never stops adding.
constexpr unsigned kMostChainsPerNotify = 2 * kQueueSize;

/// A wheel turned further than this while nobody fetched it has turned that far.
constexpr int kMostNotches = 127;

// In the order of PointerButton.
constexpr std::array<std::uint16_t, 5> kButtonCodes{BTN_LEFT, BTN_RIGHT, BTN_MIDDLE, BTN_SIDE,
                                                    BTN_EXTRA};

DeviceTraits tablet_traits() {
  DeviceTraits traits;
  traits.id = kDeviceInput;
  traits.queue_sizes = {kQueueSize, kQueueSize};
  return traits;
}

InputAnswer event_codes(std::uint8_t type) {
  switch (type) {
    case EV_KEY:
      return input_bits(kButtonCodes);
    case EV_REL:
      return input_bits(std::array<std::uint16_t, 2>{REL_WHEEL, REL_HWHEEL});
    case EV_ABS:
      return input_bits(std::array<std::uint16_t, 2>{ABS_X, ABS_Y});
    default:
      return {};
  }
}

// 5.8.5.1: size 0 where the device has no answer.
InputAnswer answer(InputQuestion question, std::uint8_t subselect) {
  switch (question) {
    case InputQuestion::kName:
      return input_text("minivmm tablet");
    case InputQuestion::kDeviceIds:
      return input_value(
          InputIds{.bus = BUS_VIRTUAL, .vendor = kPciVendor, .product = 1, .version = 1});
    case InputQuestion::kProperties:  // It moves a pointer, as a mouse does (linux/input.rst).
      return input_bits(std::array<std::uint16_t, 1>{INPUT_PROP_POINTER});
    case InputQuestion::kEventBits:
      return event_codes(subselect);
    case InputQuestion::kAxis:
      if (subselect > ABS_Y) return {};
      return input_value(InputAxis{.max = PointerPosition::kEnd});
    default:
      return {};
  }
}

}  // namespace

VirtioTablet::VirtioTablet(const GuestMemory& memory) : traits_(tablet_traits()), memory_(memory) {}

// --- What a person does
// ---------------------------------------------------------------------------

void VirtioTablet::point(PointerPosition position) {
  now_.position = {.x = std::min(position.x, PointerPosition::kEnd),
                   .y = std::min(position.y, PointerPosition::kEnd)};
  tell();
}

void VirtioTablet::button(PointerButton button, Press press) {
  now_.down.at(static_cast<std::size_t>(button)) = press == Press::kDown;
  tell();
}

void VirtioTablet::wheel(int vertical, int horizontal) {
  const auto turn = [](int& sum, int by) {
    sum =
        std::clamp(sum + std::clamp(by, -kMostNotches, kMostNotches), -kMostNotches, kMostNotches);
  };
  turn(turned_.vertical, vertical);
  turn(turned_.horizontal, horizontal);
  tell();
}

void VirtioTablet::release_all() {
  now_.down = {};
  turned_ = {};
  tell();
}

// --- What the guest gets to know
// ------------------------------------------------------------------

void VirtioTablet::Report::add(std::uint16_t type, std::uint16_t code, int value) {
  events.at(count++) = {.type = type, .code = code, .value = static_cast<std::uint32_t>(value)};
}

VirtioTablet::Report VirtioTablet::report() const {
  Report report;
  const Pointer& told = state_.told;
  if (now_.position.x != told.position.x) report.add(EV_ABS, ABS_X, now_.position.x);
  if (now_.position.y != told.position.y) report.add(EV_ABS, ABS_Y, now_.position.y);
  for (std::size_t button = 0; button < kButtons; ++button) {
    if (now_.down[button] != told.down[button])
      report.add(EV_KEY, kButtonCodes[button], now_.down[button] ? 1 : 0);
  }
  if (turned_.vertical != 0) report.add(EV_REL, REL_WHEEL, turned_.vertical);
  if (turned_.horizontal != 0) report.add(EV_REL, REL_HWHEEL, turned_.horizontal);
  if (report.count != 0) report.add(EV_SYN, SYN_REPORT, 0);
  return report;
}

void VirtioTablet::tell() {
  if (!listened_to()) return;
  const Report told = report();
  if (told.count == 0 || !take_buffers(told.count)) return check(state_.events);
  for (const InputEvent& event : std::span(told.events).first(told.count)) {
    Chain buffer = std::move(state_.buffers.front());
    state_.buffers.pop_front();
    const std::size_t written = scatter(buffer.writable(), std::as_bytes(std::span(&event, 1)));
    state_.events->push(std::move(buffer), static_cast<std::uint32_t>(written));
  }
  state_.told = now_;
  turned_ = {};
  if (state_.events->publish() && state_.events->should_interrupt())
    state_.transport->interrupt_queue(kEvents);
  check(state_.events);
}

/// Asks to be rung when the driver has given too few.
bool VirtioTablet::take_buffers(std::size_t count) {
  Virtqueue& events = *state_.events;
  do {
    while (state_.buffers.size() < count) {
      std::optional<Chain> buffer = events.pop();
      if (!buffer) break;
      state_.buffers.push_back(std::move(*buffer));
    }
  } while (state_.buffers.size() < count && !events.fault() && !events.enable_notifications());
  return state_.buffers.size() >= count;
}

// --- The life of the device
// -----------------------------------------------------------------------

std::span<const std::byte> VirtioTablet::config() const {
  return std::as_bytes(std::span(&state_.config, 1));
}

void VirtioTablet::write_config(std::uint64_t offset, std::span<const std::byte> data) {
  for (const std::byte byte : data) {
    const auto value = std::to_integer<std::uint8_t>(byte);
    if (offset == offsetof(InputConfig, select)) state_.config.select = value;
    if (offset == offsetof(InputConfig, subselect)) state_.config.subselect = value;
    ++offset;
  }
  const InputAnswer said = answer(InputQuestion{state_.config.select}, state_.config.subselect);
  state_.config.size = said.size;
  state_.config.answer = said.bytes;
}

void VirtioTablet::activate(Transport& transport, std::uint64_t /*features*/) {
  state_.transport = &transport;
}

void VirtioTablet::start_queue(std::uint16_t queue, const QueueConfig& config) {
  std::optional<Virtqueue>& started = queue == kEvents ? state_.events : state_.status;
  started.emplace(memory_, config);
  check(started);
  listeners_changed();
}

void VirtioTablet::notify(std::uint16_t queue) {
  if (queue == kEvents) tell();
  if (queue == kStatus) drop_status();
}

// Lights and sounds, which it hasn't.
void VirtioTablet::drop_status() {
  if (!state_.status || state_.status->fault()) return;
  Virtqueue& status = *state_.status;
  unsigned chains = 0;
  do {
    while (chains < kMostChainsPerNotify) {
      std::optional<Chain> said = status.pop();
      if (!said) break;
      status.push(std::move(*said), 0);
      ++chains;
    }
  } while (!status.enable_notifications() && chains < kMostChainsPerNotify);
  if (status.publish() && status.should_interrupt()) state_.transport->interrupt_queue(kStatus);
  check(state_.status);
}

void VirtioTablet::check(std::optional<Virtqueue>& queue) {
  if (!queue->fault()) return;
  state_.transport->needs_reset(describe(*queue->fault()));
  listeners_changed();
}

void VirtioTablet::reset() {
  state_ = {};
  listeners_changed();
}

bool VirtioTablet::listened_to() const {
  return state_.events && !state_.events->fault();
}

void VirtioTablet::listeners_changed() const {
  if (listeners_changed_) listeners_changed_();
}

}  // namespace minivmm::virtio
