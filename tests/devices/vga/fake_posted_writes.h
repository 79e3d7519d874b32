#pragma once
// PostedWrites whose guest is the test.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "minivmm/posted_writes.h"

namespace minivmm::test {

class FakePostedWrites final : public PostedWrites {
 public:
  static constexpr std::size_t kRoom = 100;

  void begin() override { active = true; }
  void end() override {
    if (const auto guest = std::exchange(before_end, {})) guest();
    active = false;
  }
  void take(const std::function<void(const PostedWrite&)>& answer) override {
    for (std::size_t left = queue_.size(); left > 0; --left) {
      const Entry entry = queue_.front();
      queue_.pop_front();
      answer({entry.space, entry.address, entry.data});
    }
  }

  /// A guest's write; false: it exits.
  [[nodiscard]] bool post(PostedWrite::Space space, std::uint64_t address, unsigned value) {
    if (!active || queue_.size() == kRoom) return false;
    queue_.push_back({space, address, {static_cast<std::byte>(value)}});
    return true;
  }

  [[nodiscard]] bool full() const { return queue_.size() == kRoom; }

  bool active = false;
  std::function<void()> before_end{};  ///< What another vCPU does meanwhile, once.

 private:
  struct Entry {
    PostedWrite::Space space;
    std::uint64_t address;
    std::vector<std::byte> data;
  };
  std::deque<Entry> queue_;
};

}  // namespace minivmm::test
