#include "backends/block/uring_file.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>

#include "backends/block/sync_io.h"

namespace minivmm {
namespace {

// user_data: a slot's index, or with this bit an index of watched_.
constexpr std::uint64_t kWatchBit = 1ull << 63;

// A single transfer's bytes fit an int, the type of a completion's result.
constexpr std::uint64_t kMostAtOnce = 1ull << 30;
constexpr std::size_t kMostPieces = 1024;  // UIO_MAXIOV.

// Room for the completions of watches beside those of requests.
constexpr unsigned kMostInKernel = Ring::kCompletions - 64;

}  // namespace

UringFile::UringFile(const ImageFile& image) : image_(image) {}

void UringFile::watch(int event_fd) {
  unarmed_.push_back(watched_.size());
  watched_.push_back(event_fd);
}

UringFile::SlotIndex UringFile::take_slot() {
  if (free_.empty()) {
    slots_.emplace_back();
    return static_cast<SlotIndex>(slots_.size() - 1);
  }
  const SlotIndex index = free_.back();
  free_.pop_back();
  return index;
}

void UringFile::start_on(const ImageFile& file, BlockRequest request) {
  const SlotIndex index = take_slot();
  Slot& slot = slots_[index];
  slot.file = &file;
  slot.op = request.op;
  slot.unmap = request.unmap;
  slot.tag = request.tag;
  slot.offset = request.offset;
  slot.length = request.length;
  slot.progress = 0;
  slot.pieces.clear();
  slot.first_piece = 0;
  switch (request.op) {
    case BlockOp::kRead:
    case BlockOp::kWrite:
      slot.way = Way::kTransfer;
      slot.cached = !file.fits_direct(request.offset, request.segments);
      slot.length = 0;
      for (const std::span<std::byte> segment : request.segments) {
        if (segment.empty()) continue;
        slot.pieces.push_back({segment.data(), segment.size()});
        slot.length += segment.size();
      }
      break;
    case BlockOp::kFlush:
      slot.way = Way::kSync;
      break;
    case BlockOp::kDiscard:
    case BlockOp::kWriteZeroes:
      slot.way = Way::kAllocate;
      break;
  }
  ready_.push_back(index);
}

void UringFile::turn(Wait wait, std::vector<BlockCompletion>& done) {
  const std::size_t before = done.size();
  bool signalled = false;
  do {
    submit_ready(done);
    const bool may_wait = wait == Wait::kYes && done.size() == before;
    ring_.enter(may_wait ? Ring::Wait::kYes : Ring::Wait::kNo);
    signalled = reap(done) || signalled;
  } while (wait == Wait::kYes && done.size() == before && !signalled);
}

void UringFile::submit_ready(std::vector<BlockCompletion>& done) {
  while (!unarmed_.empty() && ::io_uring_sq_space_left(ring_.get()) != 0) {
    arm(unarmed_.back());
    unarmed_.pop_back();
  }
  std::size_t taken = 0;
  for (; taken < ready_.size() && in_kernel_ < kMostInKernel; ++taken) {
    if (!submit(ready_[taken], done)) break;
  }
  ready_.erase(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(taken));
}

// Answers false when the kernel is busy: completions must be taken first.
bool UringFile::submit(SlotIndex index, std::vector<BlockCompletion>& done) {
  Slot& slot = slots_[index];
  if (slot.length == 0 && slot.way != Way::kSync) {
    finish(index, 0, done);
    return true;
  }
  if (slot.op == BlockOp::kDiscard && slot.file->is_block_device()) {
    finish(index, block::discard_on_device(slot.file->fd(), slot.offset, slot.length), done);
    return true;
  }
  io_uring_sqe* entry = ring_.entry();
  if (entry == nullptr) {
    ring_.enter(Ring::Wait::kNo);
    entry = ring_.entry();
    if (entry == nullptr) return false;
  }
  prepare(slot, index, entry);
  ++in_kernel_;
  return true;
}

void UringFile::arm(std::size_t watch) {
  io_uring_sqe* entry = ring_.entry();
  // One completion each time somebody signals; the count itself is never looked at.
  ::io_uring_prep_poll_multishot(entry, watched_[watch], POLLIN);
  ::io_uring_sqe_set_data64(entry, kWatchBit | watch);
}

void UringFile::prepare(Slot& slot, SlotIndex index, io_uring_sqe* entry) {
  const int fd = slot.cached ? slot.file->cached_fd() : slot.file->fd();
  switch (slot.way) {
    case Way::kTransfer:
      prepare_transfer(slot, fd, entry);
      break;
    case Way::kZeroing: {
      const auto bytes =
          std::min<std::uint64_t>(slot.length - slot.progress, block::zeroes().size());
      ::io_uring_prep_write(entry, fd, block::zeroes().data(), static_cast<unsigned>(bytes),
                            slot.offset + slot.progress);
      break;
    }
    case Way::kAllocate:
      ::io_uring_prep_fallocate(entry, fd, block::fallocate_mode(slot.op, slot.unmap),
                                static_cast<off_t>(slot.offset), static_cast<off_t>(slot.length));
      break;
    case Way::kSync:
      ::io_uring_prep_fsync(entry, fd, IORING_FSYNC_DATASYNC);
      break;
  }
  ::io_uring_sqe_set_data64(entry, index);
}

void UringFile::prepare_transfer(Slot& slot, int fd, io_uring_sqe* entry) {
  const std::span<const iovec> left = std::span(slot.pieces).subspan(slot.first_piece);
  const std::uint64_t offset = slot.offset + slot.progress;
  const bool reads = slot.op == BlockOp::kRead;
  if (left.size() == 1) {
    const auto bytes = static_cast<unsigned>(std::min<std::uint64_t>(left[0].iov_len, kMostAtOnce));
    if (reads)
      ::io_uring_prep_read(entry, fd, left[0].iov_base, bytes, offset);
    else
      ::io_uring_prep_write(entry, fd, left[0].iov_base, bytes, offset);
    return;
  }
  const auto count = static_cast<unsigned>(std::min(left.size(), kMostPieces));
  if (reads)
    ::io_uring_prep_readv(entry, fd, left.data(), count, offset);
  else
    ::io_uring_prep_writev(entry, fd, left.data(), count, offset);
}

// Answers whether a watched eventfd was signalled.
bool UringFile::reap(std::vector<BlockCompletion>& done) {
  bool signalled = false;
  unsigned head = 0;
  unsigned seen = 0;
  io_uring_cqe* completion = nullptr;
  io_uring_for_each_cqe(ring_.get(), head, completion) {
    ++seen;
    const std::uint64_t who = completion->user_data;
    if ((who & kWatchBit) == 0) {
      --in_kernel_;
      advance(static_cast<SlotIndex>(who), completion->res, done);
      continue;
    }
    signalled = true;
    if ((completion->flags & IORING_CQE_F_MORE) == 0) unarmed_.push_back(who & ~kWatchBit);
  }
  ::io_uring_cq_advance(ring_.get(), seen);
  return signalled;
}

void UringFile::advance(SlotIndex index, int result, std::vector<BlockCompletion>& done) {
  const Slot& slot = slots_[index];
  if (result == -EINTR || result == -EAGAIN) {
    ready_.push_back(index);
    return;
  }
  if (slot.way == Way::kAllocate && result < 0 && block::is_unsupported(-result)) {
    advance_unsupported(index, done);
    return;
  }
  if (result < 0 || slot.way == Way::kSync || slot.way == Way::kAllocate) {
    finish(index, result < 0 ? -result : 0, done);
    return;
  }
  advance_transfer(index, static_cast<std::uint64_t>(result), done);
}

void UringFile::advance_unsupported(SlotIndex index, std::vector<BlockCompletion>& done) {
  Slot& slot = slots_[index];
  if (slot.op == BlockOp::kDiscard) {
    finish(index, 0, done);  // A discard is a hint.
    return;
  }
  slot.way = Way::kZeroing;
  slot.cached = true;
  ready_.push_back(index);
}

// Answers whether what is left of a transfer is zeroes because of the kind of the file.
bool UringFile::read_behind_end(const Slot& slot) {
  if (slot.op != BlockOp::kRead || !slot.file->ends_in_zeroes()) return false;
  for (const iovec& piece : std::span(slot.pieces).subspan(slot.first_piece))
    std::memset(piece.iov_base, 0, piece.iov_len);
  return true;
}

void UringFile::advance_transfer(SlotIndex index, std::uint64_t bytes,
                                 std::vector<BlockCompletion>& done) {
  Slot& slot = slots_[index];
  slot.progress += bytes;
  if (bytes == 0 || slot.progress >= slot.length) {
    // Nothing at all is moved behind the file's end.
    const bool short_file = bytes == 0 && !read_behind_end(slot);
    finish(index, short_file ? EIO : 0, done);
    return;
  }
  while (slot.first_piece < slot.pieces.size() && bytes >= slot.pieces[slot.first_piece].iov_len)
    bytes -= slot.pieces[slot.first_piece++].iov_len;
  if (slot.first_piece < slot.pieces.size()) {
    iovec& piece = slot.pieces[slot.first_piece];
    piece.iov_base = static_cast<std::byte*>(piece.iov_base) + bytes;
    piece.iov_len -= bytes;
  }
  slot.cached = true;  // What is left may have any alignment.
  ready_.push_back(index);
}

void UringFile::finish(SlotIndex index, int error, std::vector<BlockCompletion>& done) {
  const Slot& slot = slots_[index];
  if (error != 0) block::report_failure(*slot.file, slot.op, slot.offset, slot.length, error);
  done.push_back({slot.tag, error});
  free_.push_back(index);
}

}  // namespace minivmm
