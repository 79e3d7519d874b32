#pragma once
// Which 4 KiB pages of the video memory were written.

#include <cstdint>
#include <span>
#include <vector>

namespace minivmm::vga {

/// One bit a page, as MemoryWindow::take_dirty() sets them.
class PageSet {
 public:
  static constexpr std::uint64_t kPageSize = 4096;

  /// For bytes of memory, a multiple of the page's size.
  explicit PageSet(std::uint64_t bytes) : words_((bytes / kPageSize + 63) / 64) {}

  [[nodiscard]] std::span<std::uint64_t> words() { return words_; }

  void add(std::uint64_t offset) {
    const std::uint64_t page = offset / kPageSize;
    words_[page / 64] |= 1ull << page % 64;
  }
  void clear() { words_.assign(words_.size(), 0); }

  [[nodiscard]] bool has(std::uint64_t page) const {
    return (words_[page / 64] >> page % 64 & 1) != 0;
  }
  [[nodiscard]] bool empty() const {
    for (const std::uint64_t word : words_) {
      if (word != 0) return false;
    }
    return true;
  }
  /// Whether one of the bytes [first, end) is on a page of the set.
  [[nodiscard]] bool any(std::uint64_t first, std::uint64_t end) const {
    for (std::uint64_t page = first / kPageSize; page * kPageSize < end; ++page) {
      if (has(page)) return true;
    }
    return false;
  }

 private:
  std::vector<std::uint64_t> words_;
};

}  // namespace minivmm::vga
