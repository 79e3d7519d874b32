#pragma once
// Drives a BlockBackend as a disk's thread does, one or more requests at a time.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "minivmm/block_backend.h"

namespace minivmm::test {

class DiskDriver {
 public:
  explicit DiskDriver(BlockBackend& backend) : backend_(backend) {}

  void start_read(std::uint64_t offset, std::vector<std::span<std::byte>> segments,
                  std::uint64_t tag = 0) {
    start_transfer(BlockOp::kRead, offset, std::move(segments), tag);
  }
  void start_write(std::uint64_t offset, std::vector<std::span<std::byte>> segments,
                   std::uint64_t tag = 0) {
    start_transfer(BlockOp::kWrite, offset, std::move(segments), tag);
  }

  /// Takes turns until nothing is in flight; answers all completions since the last time.
  std::vector<BlockCompletion> drain() {
    std::vector<BlockCompletion> done;
    while (backend_.in_flight() != 0) backend_.turn(BlockBackend::Wait::kYes, done);
    return done;
  }

  // One request from start to end; its errno.
  int read(std::uint64_t offset, std::span<std::byte> bytes) {
    start_read(offset, {bytes});
    return drain().at(0).error;
  }
  int write(std::uint64_t offset, std::span<std::byte> bytes) {
    start_write(offset, {bytes});
    return drain().at(0).error;
  }
  int flush() { return run({.op = BlockOp::kFlush}); }
  int run(BlockRequest request) {
    backend_.start(std::move(request));
    return drain().at(0).error;
  }

 private:
  void start_transfer(BlockOp op, std::uint64_t offset, std::vector<std::span<std::byte>> segments,
                      std::uint64_t tag) {
    std::uint64_t length = 0;
    for (const auto& segment : segments) length += segment.size();
    backend_.start({op, offset, length, std::move(segments), false, tag});
  }

  BlockBackend& backend_;
};

}  // namespace minivmm::test
