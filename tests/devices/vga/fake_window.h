#pragma once
// A MemoryWindow whose guest is the test.

#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "minivmm/memory_window.h"

namespace minivmm::test {

class FakeWindow final : public MemoryWindow {
 public:
  explicit FakeWindow(std::span<std::byte> memory) : memory_(memory) {}

  void map(GuestAddress address, std::uint64_t offset, std::uint64_t size) override {
    mapped_ = GuestRange{address, size};
    offset_ = offset;
    ++maps;
  }
  void unmap() override { mapped_.reset(); }
  void take_dirty(std::span<std::uint64_t> pages) override {
    for (const std::uint64_t page : dirty_) pages[page / 64] |= 1ull << page % 64;
    dirty_.clear();
  }
  void when_written(std::function<void()> changed) override {
    if (const auto guest = std::exchange(before_arming, {})) guest();
    changed_ = std::move(changed);
  }

  [[nodiscard]] std::optional<GuestRange> mapped() const { return mapped_; }
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  [[nodiscard]] bool armed() const { return static_cast<bool>(changed_); }

  /// A guest's access without an exit; null where the window doesn't show.
  [[nodiscard]] std::byte* at(std::uint64_t address) {
    if (!mapped_ || !mapped_->contains({address})) return nullptr;
    return &memory_[offset_ + address - mapped_->start.value];
  }
  /// The guest wrote there.
  void wrote(std::uint64_t address) {
    const std::uint64_t page = (offset_ + address - mapped_->start.value) / 4096;
    if (!dirty_.insert(page).second) return;
    if (const auto changed = std::exchange(changed_, {})) changed();
  }

  unsigned maps = 0;
  std::function<void()> before_arming{};  ///< What another vCPU does meanwhile, once.

 private:
  std::span<std::byte> memory_;
  std::optional<GuestRange> mapped_{};
  std::uint64_t offset_ = 0;
  std::set<std::uint64_t> dirty_{};
  std::function<void()> changed_{};
};

}  // namespace minivmm::test
