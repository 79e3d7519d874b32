#pragma once
// A disk over io_uring: one batch and one system call a turn, guest memory read and written in
// place.

#include <sys/uio.h>

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "backends/block/file_engine.h"
#include "backends/block/ring.h"

namespace minivmm {

/// Threads: all on one thread, the constructor too; the destructor on any, once nothing is in
/// flight. Ownership: refers to image, which outlives it. Errors: as Ring's.
///
/// The image isn't registered with the ring: the kernel takes a ring down some time after its
/// process has gone, and would keep the image open, and locked, for that long.
///
/// With O_DIRECT a transfer that the host can't take that way (addresses, lengths) goes through
/// the page cache; drivers on blocks of the announced size never make one.
class UringFile final : public FileEngine {
 public:
  explicit UringFile(const ImageFile& image);

  [[nodiscard]] const BlockInfo& info() const override { return image_.info(); }
  void watch(int event_fd) override;
  void start(BlockRequest request) override { start_on(image_, std::move(request)); }
  void start_on(const ImageFile& file, BlockRequest request) override;
  void turn(Wait wait, std::vector<BlockCompletion>& done) override;
  [[nodiscard]] std::size_t in_flight() const override { return slots_.size() - free_.size(); }

 private:
  using SlotIndex = std::uint32_t;

  // How a request is being done; a write of zeroes may need a second way.
  enum class Way { kTransfer, kAllocate, kZeroing, kSync };

  struct Slot {
    const ImageFile* file = nullptr;
    BlockOp op = BlockOp::kRead;
    bool unmap = false;
    Way way = Way::kTransfer;
    bool cached = false;  // Through cached_fd().
    std::uint64_t tag = 0;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::uint64_t progress = 0;   // Bytes of length done.
    std::vector<iovec> pieces{};  // What is left of a transfer begins at first_piece.
    std::size_t first_piece = 0;
  };

  SlotIndex take_slot();
  void submit_ready(std::vector<BlockCompletion>& done);
  bool submit(SlotIndex index, std::vector<BlockCompletion>& done);
  static void prepare(Slot& slot, SlotIndex index, io_uring_sqe* entry);
  static void prepare_transfer(Slot& slot, int fd, io_uring_sqe* entry);
  void arm(std::size_t watch);
  bool reap(std::vector<BlockCompletion>& done);
  void advance(SlotIndex index, int result, std::vector<BlockCompletion>& done);
  void advance_transfer(SlotIndex index, std::uint64_t bytes, std::vector<BlockCompletion>& done);
  void advance_unsupported(SlotIndex index, std::vector<BlockCompletion>& done);
  [[nodiscard]] static bool read_behind_end(const Slot& slot);
  void finish(SlotIndex index, int error, std::vector<BlockCompletion>& done);

  const ImageFile& image_;
  Ring ring_;
  std::vector<int> watched_;
  std::vector<std::size_t> unarmed_;  // Of watched_.
  std::deque<Slot> slots_;            // A deque: pieces must not move while the kernel reads them.
  std::vector<SlotIndex> free_;
  std::vector<SlotIndex> ready_;  // To be submitted, the oldest first.
  unsigned in_kernel_ = 0;
};

}  // namespace minivmm
