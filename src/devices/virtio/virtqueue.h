#pragma once
// A split virtqueue, seen from the device (virtio 1.2, 2.7).

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "devices/virtio/chain.h"
#include "devices/virtio/virtqueue_layout.h"
#include "minivmm/guest_address.h"
#include "minivmm/guest_memory.h"

namespace minivmm::virtio {

/// What a driver said of a queue before it enabled it.
struct QueueConfig {
  std::uint16_t size = 0;      ///< Entries: a power of two, at most kMaxQueueSize.
  GuestAddress descriptors{};  ///< The descriptor table.
  GuestAddress available{};    ///< The available ring, the "driver area".
  GuestAddress used{};         ///< The used ring, the "device area".
  bool indirect = false;       ///< VIRTIO_F_INDIRECT_DESC was negotiated.
  bool event_idx = false;      ///< VIRTIO_F_EVENT_IDX was negotiated.
  int doorbell = -1;           ///< The eventfd that the driver rings; -1: none.
};

/// Why a queue is broken: what the driver did that it must not do.
enum class QueueFault {
  kBadSize,
  kBadRing,          ///< A part is misaligned or not wholly in RAM.
  kIndexJumped,      ///< More became available than the queue has entries.
  kTooManyInFlight,  ///< More chains are out than the queue has descriptors.
  kBadHead,          ///< A head, or a next, beyond the table.
  kChainTooLong,     ///< A loop, or more descriptors than the queue has entries.
  kChainTooBig,      ///< More than 2^32 bytes.
  kReadAfterWrite,   ///< A buffer to read behind one to write.
  kBadBuffer,        ///< A buffer not wholly in RAM.
  kBadIndirect,      ///< Not negotiated, nested, chained on, or a table of a wrong size or place.
};
[[nodiscard]] std::string_view describe(QueueFault fault);

/// Takes chains off the available ring and puts answers on the used ring.
///
/// Whatever stands in guest memory, the queue stays within it: a driver's mistake breaks the queue
/// (fault()), from then on pop() gives nothing. Chains already out can still be pushed.
///
/// Cost: in the steady state no allocation; RAM's regions are fixed once the machine is built, so
/// the rings are translated once.
/// Threads: one at a time (the device's lock); the driver runs beside it on other CPUs.
class Virtqueue {
 public:
  /// With an unusable configuration the queue is broken from the start. memory must outlive it.
  Virtqueue(const GuestMemory& memory, const QueueConfig& config);
  Virtqueue(Virtqueue&&) noexcept = default;
  Virtqueue& operator=(Virtqueue&&) noexcept = default;
  Virtqueue(const Virtqueue&) = delete;
  Virtqueue& operator=(const Virtqueue&) = delete;
  ~Virtqueue() = default;

  /// The next chain, if there is one.
  [[nodiscard]] std::optional<Chain> pop();

  /// Puts an answer on the used ring, unseen by the driver until publish(). written is how many
  /// bytes at the beginning of the writable part are valid.
  void push(Chain chain, std::uint32_t written);

  /// Shows the driver everything pushed so far; answers whether there was anything new.
  bool publish();

  /// Whether the driver wants an interrupt for what was published since the last call.
  [[nodiscard]] bool should_interrupt();

  /// Whether the driver has made something available that pop() hasn't taken.
  [[nodiscard]] bool has_available() const;

  /// Asks the driver to ring when something becomes available. Answers true when nothing is, so
  /// that waiting for the doorbell is safe; false: pop() again first (2.7.10).
  [[nodiscard]] bool enable_notifications();
  /// Tells the driver that it needn't ring. A hint: it may ring all the same.
  void disable_notifications();

  [[nodiscard]] std::optional<QueueFault> fault() const { return fault_; }
  [[nodiscard]] std::uint16_t size() const { return size_; }
  /// Chains that were pushed and published.
  [[nodiscard]] std::uint64_t answered() const { return answered_; }
  /// Chains popped and not yet pushed.
  [[nodiscard]] std::uint16_t outstanding() const { return outstanding_; }

 private:
  [[nodiscard]] std::optional<std::uint16_t> next_head();
  [[nodiscard]] bool collect(std::uint16_t head, Chain& chain);
  [[nodiscard]] std::optional<std::span<std::byte>> indirect_table(const Descriptor& descriptor);
  [[nodiscard]] bool append(const Descriptor& descriptor, Chain& chain);
  bool fail(QueueFault fault);

  // Configuration.
  std::uint16_t size_;
  bool indirect_;
  bool event_idx_;

  // Wiring.
  const GuestMemory* memory_;
  std::span<std::byte> descriptors_{};
  std::span<std::byte> available_{};
  std::span<std::byte> used_{};

  // State.
  std::optional<QueueFault> fault_{};
  std::uint16_t next_available_ = 0;  // The next entry of the available ring to take.
  std::uint16_t seen_available_ = 0;  // The driver's index when last looked at.
  std::uint16_t next_used_ = 0;       // The next entry of the used ring to fill.
  std::uint16_t published_used_ = 0;  // What the driver sees as our index.
  std::uint16_t signalled_used_ = 0;  // The index at the last decision on an interrupt.
  std::uint16_t outstanding_ = 0;
  std::uint64_t answered_ = 0;
  std::vector<std::vector<Segment>> spare_storage_{};  // Of chains that have been pushed.
};

}  // namespace minivmm::virtio
