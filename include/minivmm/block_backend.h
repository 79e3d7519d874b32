#pragma once
// What stands behind a disk: asynchronous, in batches, in place (docs/design.md, "A disk request").

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace minivmm {

inline constexpr std::uint32_t kSectorSize = 512;

struct BlockInfo {
  std::uint64_t size = 0;               ///< In bytes, a multiple of kSectorSize.
  std::uint32_t block_size = 512;       ///< What the host reads and writes best, in bytes.
  std::uint32_t discard_alignment = 0;  ///< In bytes; 0: the backend can't discard.
  bool read_only = false;
};

enum class BlockOp { kRead, kWrite, kFlush, kDiscard, kWriteZeroes };

/// One request. The caller has checked [offset, offset + length) against BlockInfo::size.
/// Segments point into guest RAM; they stay valid, and are read or written in place, until the
/// completion with the same tag has been returned. The vector itself is copied from or moved.
struct BlockRequest {
  BlockOp op = BlockOp::kRead;
  std::uint64_t offset = 0;                      ///< In bytes, a multiple of kSectorSize.
  std::uint64_t length = 0;                      ///< In bytes; the sum of segments, where used.
  std::vector<std::span<std::byte>> segments{};  ///< kRead, kWrite only.
  bool unmap = false;                            ///< kWriteZeroes: may deallocate (punch a hole).
  std::uint64_t tag = 0;                         ///< Comes back in BlockCompletion.
};

struct BlockCompletion {
  std::uint64_t tag = 0;
  int error = 0;  ///< 0, or an errno value: EIO, ENOSPC, ...
};

/// A disk's storage. Requests may complete in any order; a kFlush completes only after every write
/// that completed before the flush was started is on stable storage (fdatasync).
///
/// Short transfers are the backend's to continue; a completion with error 0 means all of it.
/// Threads: all calls from the one thread that owns the disk; wake-up is by the watched fds.
class BlockBackend {
 public:
  virtual ~BlockBackend() = default;

  [[nodiscard]] virtual const BlockInfo& info() const = 0;

  /// Adds an eventfd that ends a wait each time it is signalled; its count is the backend's alone,
  /// which may reset it or not. Before the first turn().
  virtual void watch(int event_fd) = 0;

  /// Queues a request; it reaches the host with the next turn(). Never blocks, never refuses.
  virtual void start(BlockRequest request) = 0;

  enum class Wait { kNo, kYes };
  /// Submits what start() queued, in one batch, and returns what has ended, appended to done. With
  /// Wait::kYes blocks until at least one request has ended or a watched eventfd was signalled.
  virtual void turn(Wait wait, std::vector<BlockCompletion>& done) = 0;

  /// Requests started and not yet returned as ended.
  [[nodiscard]] virtual std::size_t in_flight() const = 0;

  /// The machine ends: what waits for the host to have room again fails instead. From any thread.
  virtual void give_up() {}
};

}  // namespace minivmm
