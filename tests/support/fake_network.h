#pragma once
// A NetBackend in memory: remembers what a guest sends, and gives what a test puts there.

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <map>
#include <vector>

#include "minivmm/net_backend.h"

namespace minivmm::test {

class FakeNetwork final : public NetBackend {
 public:
  struct Frame {
    NetHeader header{};
    std::vector<std::byte> bytes{};
    unsigned pair = 0;
  };

  /// rings may be null, and must outlive it.
  explicit FakeNetwork(const NetInfo& info = {}, NetRings* rings = nullptr)
      : info_(info), rings_(rings) {}

  // What a test does to it, and sees.

  /// The next frame for the guest.
  void arrive(std::vector<std::byte> bytes, const NetHeader& header = {}, unsigned pair = 0) {
    waiting[pair].push_back({header, std::move(bytes), pair});
  }
  std::vector<Frame> sent{};
  std::map<unsigned, std::deque<Frame>> waiting{};
  bool takes = true;  ///< False: the host takes no frames now.
  NetOffloads let{};
  unsigned pairs = 1;
  unsigned dropped = 0;
  std::vector<Wants> wants{};  ///< Of the last turn.

  // NetBackend.

  [[nodiscard]] const NetInfo& info() const override { return info_; }
  void begin() override {}
  void watch(int event_fd, std::optional<unsigned> /*pair*/) override {
    watched_.push_back({event_fd, POLLIN, 0});
  }
  void let_receive(const NetOffloads& offloads) override { let = offloads; }
  void set_queue_pairs(unsigned count) override { pairs = count; }

  [[nodiscard]] bool send(unsigned pair, const NetHeader& header, FramePieces frame) override {
    if (!takes) return false;
    Frame& one = sent.emplace_back();
    one.header = header;
    one.pair = pair;
    for (const std::span<std::byte> piece : frame)
      one.bytes.insert(one.bytes.end(), piece.begin(), piece.end());
    return true;
  }

  [[nodiscard]] std::size_t receive(unsigned pair, NetHeader& header, FramePieces room) override {
    if (waiting[pair].empty()) return 0;
    const Frame& frame = waiting[pair].front();
    std::size_t done = 0;
    for (const std::span<std::byte> piece : room) {
      const std::size_t bytes = std::min(piece.size(), frame.bytes.size() - done);
      if (bytes != 0) std::memcpy(piece.data(), frame.bytes.data() + done, bytes);
      done += bytes;
    }
    if (done < frame.bytes.size()) return frame.bytes.size();
    header = frame.header;
    waiting[pair].pop_front();
    return done;
  }
  void drop(unsigned pair) override {
    ++dropped;
    waiting[pair].pop_front();
  }

  void turn(Wait wait, std::span<const Wants> now) override {
    wants.assign(now.begin(), now.end());
    if (watched_.empty()) return;
    if (::poll(watched_.data(), watched_.size(), wait == Wait::kYes ? -1 : 0) <= 0) return;
    for (const pollfd& watched : watched_) {
      std::uint64_t count = 0;
      if ((watched.revents & POLLIN) != 0 && ::read(watched.fd, &count, sizeof(count)) < 0) return;
    }
  }

  [[nodiscard]] NetRings* rings() override { return rings_; }

 private:
  NetInfo info_;
  NetRings* const rings_;
  std::vector<pollfd> watched_{};
};

}  // namespace minivmm::test
