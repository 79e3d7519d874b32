#pragma once
// A network that works on a card's rings, in memory: remembers what it was given.

#include <map>
#include <utility>
#include <vector>

#include "minivmm/net_rings.h"

namespace minivmm::test {

class FakeRings final : public NetRings {
 public:
  // What a test sees, and does to it.
  std::uint64_t features = 0;
  NetOffloads to_guest{};
  /// Those that are started, by virtio's number of the queue.
  std::map<unsigned, NetRing> started{};
  bool begins = true;   ///< False: begin() is refused.
  int refused = -1;     ///< The queue whose start() is.
  bool faulty = false;  ///< A ring was found broken.
  unsigned stops = 0;

  static unsigned number(const NetRing& ring) { return 2 * ring.pair + (ring.transmit ? 1 : 0); }

  // NetRings.
  [[nodiscard]] bool begin(std::span<const MemoryRegion> /*memory*/, std::uint64_t agreed,
                           const NetOffloads& offloads) override {
    features = agreed;
    to_guest = offloads;
    return begins;
  }
  [[nodiscard]] bool start(const NetRing& ring) override {
    if (static_cast<int>(number(ring)) == refused) return false;
    started[number(ring)] = ring;
    return true;
  }
  void set_interrupt(const NetRing& ring, int event_fd) override {
    started.at(number(ring)).interrupt = event_fd;
  }
  void stop_all() override {
    started.clear();
    ++stops;
  }
  [[nodiscard]] bool take_fault() override { return std::exchange(faulty, false); }
};

}  // namespace minivmm::test
