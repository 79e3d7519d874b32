#pragma once
// A BlockBackend in memory: the twin of the real ones, with errors and delays at a test's wish.

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include "minivmm/block_backend.h"

namespace minivmm::test {

class MemoryDisk final : public BlockBackend {
 public:
  explicit MemoryDisk(BlockInfo info) : info_(info), contents_(info.size) {}

  // What a test does to it, on the thread that owns it.

  /// From now on requests of this kind end with this errno, and do nothing; 0: they work again.
  void fail(BlockOp op, int error) { errors_[op] = error; }
  /// From now on requests stay in flight, and touch no byte, until one of the functions below.
  void hold() { held_back_ = true; }
  /// Lets everything end, in the order in which it was started.
  void release() { held_back_ = false; }
  /// Lets only the request end that was started last.
  void release_last() { allowed_last_ = true; }

  [[nodiscard]] std::vector<std::byte>& contents() { return contents_; }
  /// Every request that ended, in that order.
  [[nodiscard]] const std::vector<BlockRequest>& ended() const { return ended_; }
  /// How many turns were asked to block and did.
  [[nodiscard]] unsigned waits() const { return waits_; }

  // BlockBackend.

  [[nodiscard]] const BlockInfo& info() const override { return info_; }
  void watch(int event_fd) override { watched_.push_back({event_fd, POLLIN, 0}); }
  void start(BlockRequest request) override { started_.push_back(std::move(request)); }
  [[nodiscard]] std::size_t in_flight() const override { return started_.size(); }

  void turn(Wait wait, std::vector<BlockCompletion>& done) override {
    const std::size_t before = done.size();
    end_some(done);
    const bool block = wait == Wait::kYes && done.size() == before;
    if (block) ++waits_;
    if (!watched_.empty() && ::poll(watched_.data(), watched_.size(), block ? -1 : 0) > 0) {
      for (const pollfd& watched : watched_) consume(watched);
    }
  }

 private:
  void end_some(std::vector<BlockCompletion>& done) {
    if (!held_back_) {
      for (const BlockRequest& request : started_) done.push_back(run(request));
      started_.clear();
    } else if (std::exchange(allowed_last_, false) && !started_.empty()) {
      done.push_back(run(started_.back()));
      started_.pop_back();
    }
  }

  BlockCompletion run(const BlockRequest& request) {
    ended_.push_back(request);
    if (errors_[request.op] != 0) return {request.tag, errors_[request.op]};
    std::byte* position = contents_.data() + request.offset;
    switch (request.op) {
      case BlockOp::kRead:
        for (const auto& segment : request.segments) {
          std::memcpy(segment.data(), position, segment.size());
          position += segment.size();
        }
        break;
      case BlockOp::kWrite:
        for (const auto& segment : request.segments) {
          std::memcpy(position, segment.data(), segment.size());
          position += segment.size();
        }
        break;
      case BlockOp::kDiscard:
      case BlockOp::kWriteZeroes:
        std::fill_n(position, request.length, std::byte{0});
        break;
      case BlockOp::kFlush:
        break;
    }
    return {request.tag, 0};
  }

  static void consume(const pollfd& watched) {
    std::uint64_t count = 0;
    if ((watched.revents & POLLIN) != 0 && ::read(watched.fd, &count, sizeof(count)) < 0) return;
  }

  BlockInfo info_;
  std::vector<std::byte> contents_;
  std::map<BlockOp, int> errors_{};
  bool held_back_ = false;
  bool allowed_last_ = false;
  unsigned waits_ = 0;
  std::vector<pollfd> watched_{};
  std::vector<BlockRequest> started_{};
  std::vector<BlockRequest> ended_{};
};

}  // namespace minivmm::test
