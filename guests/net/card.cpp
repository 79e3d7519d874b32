#include "net/card.h"

#include "lib/cpu.h"
#include "lib/exit.h"

using namespace guest;

namespace {

// Virtio 1.2, 5.1.4: offsets.
constexpr unsigned kConfigMac = 0, kConfigStatus = 6;
constexpr std::uint16_t kLinkUp = 1;
constexpr unsigned kHeaderBuffers = 10;  // num_buffers (5.1.6).

std::uint64_t address_of(const volatile void* pointer) {
  return reinterpret_cast<std::uint64_t>(pointer);
}

void copy(std::uint8_t* to, const std::uint8_t* from, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) to[i] = from[i];
}

}  // namespace

void NetCard::start(Buffers buffers) {
  device_.reset();
  constexpr std::uint64_t kWanted =
      kFeatureVersion1 | kNetMac | kNetStatus | kNetControl | kNetControlRx | kNetControlMac;
  const std::uint64_t offered = device_.features();
  check((offered & kWanted) == kWanted, "the card offers what every card here does");
  check((offered & kNetMergeable) != 0, "the card offers to merge buffers");
  const bool mergeable = buffers == Buffers::kMergeable;
  check(device_.negotiate(kWanted | (mergeable ? kNetMergeable : 0)),
        "the card accepts the features that it offered");
  buffer_size_ = mergeable ? kSmallSize : kWholeSize;
  start_queue(receive_, kReceive);
  start_queue(transmit_, kTransmit);
  start_queue(control_, kControl);
  device_.driver_ok();
  for (unsigned i = 0; i < kBuffers; ++i) offer(i);
}

void NetCard::start_queue(Virtqueue& queue, std::uint16_t index) {
  const std::uint16_t most = device_.max_queue_size(index);
  check(most >= kQueueSize, "each queue has room for some buffers");
  queue.init(kQueueSize, Notifications::kByFlags);
  queue.set_interrupts(UsedInterrupts::kOff);
  check(device_.enable_queue(index, queue, kNoVector), "the card takes no vector for a queue");
}

Mac NetCard::mac() const {
  Mac mac{};
  for (unsigned i = 0; i < sizeof(mac.bytes); ++i) mac.bytes[i] = device_.config8(kConfigMac + i);
  return mac;
}

bool NetCard::link_up() const {
  return (device_.config16(kConfigStatus) & kLinkUp) != 0;
}

void NetCard::send(const std::uint8_t* frame, std::size_t size) {
  queue_frame(0, frame, size);
  send_queued(1);
}

void NetCard::queue_frame(unsigned slot, const std::uint8_t* frame, std::size_t size) {
  const auto head = static_cast<std::uint16_t>(2 * slot);
  transmit_.descriptor(head) = {address_of(header_), kHeaderSize, kDescriptorNext,
                                static_cast<std::uint16_t>(head + 1)};
  transmit_.descriptor(head + 1u) = {address_of(frame), static_cast<std::uint32_t>(size), 0, 0};
  transmit_.add(head);
}

void NetCard::send_queued(unsigned frames) {
  if (transmit_.publish()) device_.notify(kTransmit);
  for (unsigned slot = 0; slot < frames; ++slot) {
    UsedElement used;
    while (!transmit_.pop(used)) pause();
    check(used.id == 2 * slot && used.length == 0, "frames come back in order, as they were");
  }
}

void NetCard::offer(unsigned buffer) {
  receive_.descriptor(buffer) = {address_of(buffers_[buffer]), buffer_size_, kDescriptorWrite, 0};
  receive_.add(static_cast<std::uint16_t>(buffer));
  if (receive_.publish()) device_.notify(kReceive);
}

bool NetCard::pop(std::uint8_t*& bytes, std::uint32_t& size, unsigned& buffer) {
  UsedElement used;
  if (!receive_.pop(used)) return false;
  check(used.id < kBuffers && used.length <= buffer_size_, "a frame lies in a buffer of ours");
  buffer = used.id;
  bytes = buffers_[used.id];
  size = used.length;
  return true;
}

std::size_t NetCard::receive(std::uint8_t* to) {
  std::uint8_t* bytes = nullptr;
  std::uint32_t size = 0;
  unsigned buffer = 0;
  if (!pop(bytes, size, buffer)) return 0;
  check(size > kHeaderSize, "a frame comes behind its header");
  const unsigned count = bytes[kHeaderBuffers] | bytes[kHeaderBuffers + 1] << 8;
  check(count >= 1 && (count == 1 || buffer_size_ == kSmallSize), "a frame says its buffers");
  std::size_t total = size - kHeaderSize;
  check(total <= kLongest, "a frame is no longer than the wire's");
  copy(to, bytes + kHeaderSize, total);
  offer(buffer);
  for (unsigned i = 1; i < count; ++i) {
    while (!pop(bytes, size, buffer)) pause();
    check(total + size <= kLongest, "a frame is no longer than the wire's");
    copy(to + total, bytes, size);
    total += size;
    offer(buffer);
  }
  return total;
}

std::uint8_t NetCard::command(std::uint8_t type, std::uint8_t command, const void* data,
                              std::uint32_t size) {
  const std::uint8_t header[2] = {type, command};
  answer_ = 0xff;
  control_.descriptor(0) = {address_of(header), sizeof(header), kDescriptorNext, 1};
  control_.descriptor(1) = {address_of(data), size, kDescriptorNext, 2};
  control_.descriptor(2) = {address_of(&answer_), 1, kDescriptorWrite, 0};
  control_.add(0);
  if (control_.publish()) device_.notify(kControl);
  UsedElement used;
  while (!control_.pop(used)) pause();
  return answer_;
}
