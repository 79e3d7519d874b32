#include "devices/virtio/hosted_rings.h"

#include <atomic>
#include <optional>

#include "devices/virtio/virtqueue_layout.h"

namespace minivmm::virtio {

HostedRings::HostedRings(const GuestMemory& memory, NetBackend& network, std::size_t queues)
    : memory_(memory), network_(*network.rings()), rings_(queues) {
  network.watch(relay_.fd(), std::nullopt);
}

bool HostedRings::begin(std::uint64_t features, const NetOffloads& to_guest) {
  return network_.begin(memory_.regions(), features, to_guest);
}

int HostedRings::way_out(std::uint16_t queue, const Transport& transport) const {
  const int direct = transport.interrupt_fd(queue);
  return direct >= 0 ? direct : relay_.fd();
}

bool HostedRings::start(std::uint16_t queue, const QueueConfig& config,
                        const Transport& transport) {
  const auto at = [&](GuestAddress address, std::size_t size) {
    const auto bytes = memory_.at(address, size);
    return bytes ? bytes->data() : nullptr;
  };
  NetRing ring;
  ring.pair = queue / 2u;
  ring.transmit = queue % 2 != 0;
  ring.size = config.size;
  ring.descriptors = at(config.descriptors, descriptor_table_size(config.size));
  ring.available = at(config.available, available_ring_size(config.size));
  ring.used = at(config.used, used_ring_size(config.size));
  ring.doorbell = config.doorbell;
  ring.interrupt = way_out(queue, transport);
  if (ring.doorbell < 0 || ring.used == nullptr || !network_.start(ring)) return false;
  rings_.at(queue) = {.ring = ring, .started = true};
  return true;
}

void HostedRings::stop() {
  network_.stop_all();
  for (Ring& ring : rings_) ring = {};
}

std::uint16_t HostedRings::used_index(std::uint16_t queue) const {
  std::byte* const index = rings_.at(queue).ring.used + kRingIndex;
  return std::atomic_ref(*reinterpret_cast<std::uint16_t*>(index)).load(std::memory_order_acquire);
}

void HostedRings::route_interrupts(Transport& transport) {
  for (std::uint16_t queue = 0; queue < rings_.size(); ++queue) {
    Ring& ring = rings_[queue];
    if (!ring.started) continue;
    const int fd = way_out(queue, transport);
    if (fd == ring.ring.interrupt) continue;
    const bool was_relayed = ring.ring.interrupt == relay_.fd();
    network_.set_interrupt(ring.ring, fd);
    ring.ring.interrupt = fd;
    ring.relayed = used_index(queue);
    // What was on its way to the card's thread would be passed over there.
    if (was_relayed) transport.interrupt_queue(queue);
  }
}

void HostedRings::relay(Transport& transport) {
  for (std::uint16_t queue = 0; queue < rings_.size(); ++queue) {
    Ring& ring = rings_[queue];
    if (!ring.started || ring.ring.interrupt != relay_.fd()) continue;
    const std::uint16_t used = used_index(queue);
    if (used == ring.relayed) continue;
    ring.relayed = used;
    transport.interrupt_queue(queue);
  }
}

}  // namespace minivmm::virtio
