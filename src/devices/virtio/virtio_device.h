#pragma once
// A virtio device without its transport, and what a transport does for it (virtio 1.2, 2).

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "devices/virtio/virtqueue.h"
#include "minivmm/device_registers.h"

namespace minivmm::virtio {

/// The transport, as an active device sees it. Threads: with the transport's lock held.
class Transport {
 public:
  virtual ~Transport() = default;
  /// A used buffer notification (2.9.1): the driver should look at the queue's used ring.
  virtual void interrupt_queue(std::uint16_t queue) = 0;
  /// An eventfd that does what interrupt_queue() would do now; -1: there is none at the moment.
  [[nodiscard]] virtual int interrupt_fd(std::uint16_t queue) const = 0;
  /// The driver broke a rule beyond repair: sets DEVICE_NEEDS_RESET and says so (2.1.2).
  virtual void needs_reset(std::string_view reason) = 0;
  /// The device changed what config() says by itself: tells the driver (2.5, 4.1.5.3).
  virtual void config_changed() = 0;
};

/// What a device is; it doesn't change while the machine exists.
struct DeviceTraits {
  std::uint16_t id = 0;        ///< 5: the device type.
  std::uint64_t features = 0;  ///< The type's own bits; the transport adds those of section 6.
  std::vector<std::uint16_t> queue_sizes{};  ///< The largest size of each queue: powers of two.
};

/// A virtio device. A transport negotiates for it and calls it; it needs no knowledge of PCI.
///
/// Life: (activate, start_queue for each queue that is enabled, notify...), reset, and again.
/// Threads: everything with the transport's lock held. What a device does on a thread of its own
/// takes the same lock.
class VirtioDevice {
 public:
  VirtioDevice() = default;
  VirtioDevice(const VirtioDevice&) = delete;
  VirtioDevice& operator=(const VirtioDevice&) = delete;
  virtual ~VirtioDevice() = default;

  [[nodiscard]] virtual const DeviceTraits& traits() const = 0;
  /// The device configuration space as a driver reads it; empty when the type has none. Its
  /// size never changes.
  [[nodiscard]] virtual std::span<const std::byte> config() const { return {}; }
  /// The specification's name of the field at this offset of config(); empty: none is known.
  [[nodiscard]] virtual std::string_view config_field(std::uint64_t /*offset*/) const { return {}; }
  /// The driver writes there. Anything may be written anywhere; few types have fields for it.
  virtual void write_config(std::uint64_t /*offset*/, std::span<const std::byte> /*data*/) {}

  /// The driver set DRIVER_OK, having accepted features. transport stays valid until reset().
  /// Never called before idle() after a reset.
  virtual void activate(Transport& transport, std::uint64_t features) = 0;
  /// The queue may be used from now on; buffers may already be available. After activate().
  virtual void start_queue(std::uint16_t queue, const QueueConfig& config) = 0;
  /// The driver rang for a queue that has no doorbell (4.1.5.2).
  virtual void notify(std::uint16_t queue) = 0;

  /// Where Transport::interrupt_fd() leads may have changed. While active.
  virtual void interrupts_moved() {}

  /// Back to power-on. Takes nothing more off the queues and puts nothing more on them. What is in
  /// flight at the host may go on touching its buffers until idle().
  virtual void reset() = 0;
  /// Requests of the queue that were answered since it was started; of no queue, or one that
  /// wasn't: 0.
  [[nodiscard]] virtual std::uint64_t answered(std::uint16_t /*queue*/) const { return 0; }
  /// What the device has to show beyond the transport's registers.
  [[nodiscard]] virtual std::vector<RegisterValue> registers() const { return {}; }
  /// Whether nothing is in flight.
  [[nodiscard]] virtual bool idle() const = 0;
};

}  // namespace minivmm::virtio
