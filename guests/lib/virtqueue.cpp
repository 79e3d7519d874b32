#include "lib/virtqueue.h"

#include "lib/cpu.h"

namespace guest {
namespace {

constexpr std::uint16_t kAvailableNoInterrupt = 1;  // Virtio 1.2, 2.7.6.
constexpr std::uint16_t kUsedNoNotify = 1;          // Virtio 1.2, 2.7.8.

/// Whether `event` lies in the indices from `before` up to, not including, `now` (2.7.10).
bool passes(std::uint16_t event, std::uint16_t now, std::uint16_t before) {
  return static_cast<std::uint16_t>(now - event - 1) < static_cast<std::uint16_t>(now - before);
}

}  // namespace

void Virtqueue::init(std::uint16_t size, Notifications notifications) {
  size_ = size;
  event_index_ = notifications == Notifications::kByEventIndex;
  next_available_ = published_ = next_used_ = 0;
  available_.flags = 0;
  available_.index = 0;
  used_flags() = 0;
  used_index() = 0;
  used_event() = 0;
  avail_event() = 0;
}

void Virtqueue::add(std::uint16_t head) {
  available_.ring[next_available_++ & (size_ - 1)] = head;
}

bool Virtqueue::publish() {
  compiler_barrier();
  available_.index = next_available_;
  full_barrier();
  const std::uint16_t before = published_;
  published_ = next_available_;
  if (event_index_) return passes(avail_event(), next_available_, before);
  return before != next_available_ && (used_flags() & kUsedNoNotify) == 0;
}

bool Virtqueue::pop(UsedElement& element) {
  if (used_index() == next_used_) return false;
  compiler_barrier();
  const unsigned at = next_used_ & (size_ - 1u);
  element = *reinterpret_cast<const UsedElement*>(used_area_ + kUsedHeader + 8 * at);
  ++next_used_;
  return true;
}

void Virtqueue::set_interrupts(UsedInterrupts interrupts) {
  const bool on = interrupts == UsedInterrupts::kOn;
  if (event_index_) {
    // Half of the index's range away is as good as never.
    used_event() = static_cast<std::uint16_t>(on ? next_used_ : next_used_ + 0x8000);
  } else {
    available_.flags = on ? 0 : kAvailableNoInterrupt;
  }
  full_barrier();
}

}  // namespace guest
