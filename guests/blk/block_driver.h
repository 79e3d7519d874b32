#pragma once
// A driver of virtio-blk (virtio 1.2, 5.2), over as many queues as the device has.

#include <cstdint>

#include "lib/virtio_pci.h"
#include "lib/virtqueue.h"

/// Virtio 1.2, 5.2.6.
enum class BlockRequest : std::uint32_t {
  kRead = 0,
  kWrite = 1,
  kFlush = 4,
  kGetId = 8,
  kDiscard = 11,
  kWriteZeroes = 13,
  kNonsense = 0x7f,
};
enum class BlockStatus : std::uint8_t { kOk = 0, kIoError = 1, kUnsupported = 2, kPending = 0xff };

inline constexpr std::uint64_t kBlockReadOnly = 1u << 5, kBlockFlush = 1u << 9;
inline constexpr std::uint64_t kBlockQueues = 1u << 12;
inline constexpr std::uint64_t kBlockDiscard = 1u << 13, kBlockWriteZeroes = 1u << 14;
inline constexpr std::uint32_t kSectorSize = 512;
inline constexpr unsigned kBlockIdSize = 20;

/// Of discard and write zeroes.
struct BlockRange {
  std::uint64_t sector;
  std::uint32_t count, flags;
};

enum class Chains { kDirect, kIndirect };
/// kSplit cuts the data into two pieces, at an odd place.
enum class Pieces { kWhole, kSplit };
enum class Waiting { kPolling, kMsix, kIntx };

/// How the driver uses the device.
struct BlockSetup {
  Chains chains;
  guest::Notifications notifications;
  Waiting waiting;
};

class BlockDriver {
 public:
  /// Requests that may be in flight in one queue.
  static constexpr unsigned kDepth = 64;

  bool find(unsigned index) { return device_.find(guest::kVirtioBlock, index); }
  /// Resets the device and starts it anew; ends the guest if the device doesn't do its part.
  void start(const BlockSetup& setup);

  [[nodiscard]] std::uint64_t features() const { return features_; }
  [[nodiscard]] std::uint64_t sectors() const { return sectors_; }
  [[nodiscard]] std::uint16_t queues() const { return queue_count_; }
  [[nodiscard]] unsigned depth() const { return depth_; }
  [[nodiscard]] std::uint8_t device_status() const { return device_.status(); }

  /// Prepares a request in place `slot` (below depth()) of a queue; publish() starts it. `data`
  /// stays the caller's.
  void add(unsigned queue, unsigned slot, BlockRequest request, std::uint64_t sector,
           const void* data, std::uint32_t size, Pieces pieces = Pieces::kWhole);
  /// True: the device was notified.
  bool publish(unsigned queue);
  /// The slot of a request that is done, and how much the device wrote; -1 if none is.
  int pop(unsigned queue, std::uint32_t& written);
  int pop(unsigned queue) {
    std::uint32_t written = 0;
    return pop(queue, written);
  }
  [[nodiscard]] BlockStatus status(unsigned queue, unsigned slot) const;
  /// Returns when a request of the queue is done, the way that the setup says.
  void wait(unsigned queue, unsigned& slot, std::uint32_t& written);
  /// One request, and nothing beside it.
  BlockStatus run(unsigned queue, BlockRequest request, std::uint64_t sector, const void* data,
                  std::uint32_t size, Pieces pieces = Pieces::kWhole);

 private:
  static constexpr unsigned kMostPieces = 4;  // Header, two of data, status.

  struct Slot {
    struct {
      std::uint32_t type, reserved;
      std::uint64_t sector;
    } header;
    volatile std::uint8_t status;
    alignas(16) guest::Descriptor indirect[kMostPieces];
  };
  struct Queue {
    guest::Virtqueue ring;
    Slot slots[kDepth];
  };

  [[nodiscard]] std::uint64_t wanted_features(const BlockSetup& setup) const;
  void start_queue(std::uint16_t index);
  void route_interrupts();
  guest::Descriptor* chain_of(Queue& queue, unsigned slot, unsigned pieces);

  guest::VirtioDevice device_;
  BlockSetup setup_ = {};
  std::uint64_t features_ = 0, sectors_ = 0;
  std::uint16_t queue_count_ = 0;
  unsigned depth_ = 0;
  Queue queues_[guest::kMaxQueues];
};
