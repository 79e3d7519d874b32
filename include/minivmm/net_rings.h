#pragma once
// A network that works on a card's rings itself, so that frames don't pass through this program.

#include <cstddef>
#include <cstdint>
#include <span>

#include "minivmm/guest_memory.h"
#include "minivmm/net_backend.h"

namespace minivmm {

/// A split virtqueue (virtio 1.2, 2.7), checked: its parts are aligned and lie in RAM.
struct NetRing {
  unsigned pair = 0;
  bool transmit = false;  ///< The driver's frames; else those for it.
  std::uint16_t size = 0;
  std::byte* descriptors = nullptr;
  std::byte* available = nullptr;
  std::byte* used = nullptr;
  int doorbell = -1;   ///< The eventfd that the driver rings.
  int interrupt = -1;  ///< The eventfd by which the driver hears of the used ring.
};

/// Rings of one card, each worked on from start() to stop_all() by others (the host's kernel).
///
/// Threads: one at a time, any; not the card's thread's alone, as NetBackend is.
/// Errors: what the host refuses is answered with false, and the log says why.
class NetRings {
 public:
  virtual ~NetRings() = default;

  /// What a driver agreed on, before its first start(): the features of virtio that change a ring's
  /// work (VERSION_1, RING_EVENT_IDX, RING_INDIRECT_DESC, MRG_RXBUF are all there can be), and
  /// what frames for it may ask of it. No ring is started.
  [[nodiscard]] virtual bool begin(std::span<const MemoryRegion> memory, std::uint64_t features,
                                   const NetOffloads& to_guest) = 0;
  /// The ring's indices are 0.
  [[nodiscard]] virtual bool start(const NetRing& ring) = 0;
  /// From now on the driver of a started ring hears by another eventfd, and no more by the one
  /// before.
  virtual void set_interrupt(const NetRing& ring, int event_fd) = 0;
  /// On return nothing touches the guest's memory any more.
  virtual void stop_all() = 0;
  /// Whether a started ring was found broken since the last call: there it goes no further. Ends a
  /// blocked NetBackend::turn().
  [[nodiscard]] virtual bool take_fault() = 0;
};

}  // namespace minivmm
