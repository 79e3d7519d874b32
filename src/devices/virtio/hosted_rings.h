#pragma once
// The queues of a card that its network works on itself (NetRings), seen from the card.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "devices/virtio/virtio_device.h"
#include "devices/virtio/virtqueue.h"
#include "host/event_fd.h"
#include "minivmm/guest_memory.h"
#include "minivmm/net_backend.h"
#include "minivmm/net_rings.h"

namespace minivmm::virtio {

/// An interrupt goes from the network to the vCPUs past this program where there is a way
/// (Transport::interrupt_fd); where there is none, because the vector is masked or the driver has
/// no MSI-X, the network wakes the card's thread, which sees by the used ring whom to interrupt.
///
/// Ownership: refers to memory and network, which must outlive it.
/// Threads: with the transport's lock held.
class HostedRings {
 public:
  /// queues: the card's, receive and transmit in turn. The network's rings must be there.
  HostedRings(const GuestMemory& memory, NetBackend& network, std::size_t queues);
  ~HostedRings() { stop(); }
  HostedRings(const HostedRings&) = delete;
  HostedRings& operator=(const HostedRings&) = delete;

  /// What a driver agreed on; false: the network refuses, as it may each ring.
  [[nodiscard]] bool begin(std::uint64_t features, const NetOffloads& to_guest);
  /// config: checked, as a Virtqueue does. False: the queue is the card's.
  [[nodiscard]] bool start(std::uint16_t queue, const QueueConfig& config,
                           const Transport& transport);
  void stop();

  /// Where Transport::interrupt_fd() leads may have changed.
  void route_interrupts(Transport& transport);
  /// The network woke the card's thread: passes on what the driver is to hear.
  void relay(Transport& transport);
  /// Whether a ring was found broken since the last call.
  [[nodiscard]] bool take_fault() { return network_.take_fault(); }

  [[nodiscard]] bool has(std::uint16_t queue) const { return rings_.at(queue).started; }
  /// Where the used ring is, modulo 2^16.
  [[nodiscard]] std::uint16_t used_index(std::uint16_t queue) const;

 private:
  struct Ring {
    NetRing ring{};
    bool started = false;
    std::uint16_t relayed = 0;  ///< The used index that the driver was last told of.
  };
  [[nodiscard]] int way_out(std::uint16_t queue, const Transport& transport) const;

  const GuestMemory& memory_;
  NetRings& network_;
  EventFd relay_;  // By which the network wakes the card's thread.
  std::vector<Ring> rings_;
};

}  // namespace minivmm::virtio
