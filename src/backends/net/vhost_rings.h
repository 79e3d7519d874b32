#pragma once
// A card's rings, worked on by the host's kernel: vhost-net in front of a tap.

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "host/event_fd.h"
#include "host/unique_fd.h"
#include "minivmm/net_rings.h"

namespace minivmm::net {

/// /dev/vhost-net once for each pair of queues (linux/vhost.h). The kernel's thread for them does
/// its work in this program's name, and sees of its memory what begin() names.
///
/// Ownership: the taps' fds must outlive it.
class VhostRings final : public NetRings {
 public:
  /// The tap of each pair of queues, and its offloads, which it shares with the other pairs.
  struct Taps {
    std::vector<int> fds{};
    std::function<void(const NetOffloads&)> set_offloads{};
  };
  /// Throws HostError: there is no vhost-net, it isn't ours to open, or it can too little.
  explicit VhostRings(Taps taps);
  ~VhostRings() override { VhostRings::stop_all(); }

  [[nodiscard]] bool begin(std::span<const MemoryRegion> memory, std::uint64_t features,
                           const NetOffloads& to_guest) override;
  [[nodiscard]] bool start(const NetRing& ring) override;
  void set_interrupt(const NetRing& ring, int event_fd) override;
  void stop_all() override;
  [[nodiscard]] bool take_fault() override { return fault_.consume(); }

  /// Readable while there is a fault to take.
  [[nodiscard]] int fault_fd() const { return fault_.fd(); }

 private:
  const Taps taps_;
  std::vector<UniqueFd> pairs_;
  EventFd fault_;
};

}  // namespace minivmm::net
