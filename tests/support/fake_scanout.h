#pragma once
// A screen whose picture and text a test chooses.

#include <algorithm>
#include <mutex>
#include <utility>

#include "minivmm/scanout.h"

namespace minivmm::test {

/// A picture where every pixel tells its place: what is at (x, y) can't be mistaken for anything
/// else.
[[nodiscard]] inline std::uint32_t pattern_at(unsigned x, unsigned y, unsigned seed = 0) {
  const std::uint32_t red = (x * 5 + seed * 40) & 0xff;
  const std::uint32_t green = (y * 3 + seed * 90) & 0xff;
  const std::uint32_t blue = ((x ^ y) + seed * 17) & 0xff;
  return red << 16 | green << 8 | blue;
}

/// Threads: any; the functions that a test calls take the lock, those of Scanout are called with
/// it.
class FakeScanout final : public Scanout {
 public:
  explicit FakeScanout(PictureSize size = {}) { show(size); }

  [[nodiscard]] std::mutex& lock() { return lock_; }

  /// Another mode, with a picture of its own.
  void show(PictureSize size, unsigned seed = 0) {
    change([&] {
      size_ = size;
      pixels_.assign(std::size_t{size.width} * size.height, 0);
      for (unsigned y = 0; y < size.height; ++y) fill_row(y, seed);
      everything_ = true;
    });
  }
  /// The same picture, with these rows drawn anew.
  void redraw(RowRange rows, unsigned seed) {
    change([&] {
      for (unsigned y = rows.first; y < rows.end; ++y) fill_row(y, seed);
      dirty_.push_back(rows);
    });
  }
  void write(std::vector<std::string> rows) {
    change([&] { text_ = TextScreen{std::move(rows), 80}; });
  }

  [[nodiscard]] PictureSize size() const override { return size_; }
  [[nodiscard]] std::vector<RowRange> draw(const Picture& picture, Redraw redraw) override {
    ++draws;
    pending_ = false;
    std::vector<RowRange> rows = std::exchange(dirty_, {});
    const bool all = std::exchange(everything_, false);
    if (all || redraw == Redraw::kEverything) rows = {{0, size_.height}};
    if (size_.height == 0) return {};
    for (const RowRange& range : rows) copy(range, picture);
    return rows;
  }
  [[nodiscard]] std::optional<TextScreen> text() const override { return text_; }
  void when_changed(std::function<void()> changed) override {
    changed_ = std::move(changed);
    if (pending_) tell();
  }
  [[nodiscard]] bool is_watched() const { return changed_ != nullptr; }

  int draws = 0;

 private:
  void change(const std::function<void()>& how) {
    const std::lock_guard guard(lock_);
    how();
    pending_ = true;
    tell();
  }
  void tell() {
    if (const auto changed = std::exchange(changed_, {})) changed();
  }
  void fill_row(unsigned y, unsigned seed) {
    for (unsigned x = 0; x < size_.width; ++x)
      pixels_[std::size_t{y} * size_.width + x] = pattern_at(x, y, seed);
  }
  void copy(RowRange rows, const Picture& picture) const {
    for (unsigned y = rows.first; y < rows.end; ++y)
      std::copy_n(pixels_.begin() + static_cast<std::ptrdiff_t>(std::size_t{y} * size_.width),
                  size_.width,
                  picture.pixels.begin() + static_cast<std::ptrdiff_t>(y * picture.stride));
  }

  mutable std::mutex lock_;
  PictureSize size_{};
  std::vector<std::uint32_t> pixels_;
  std::vector<RowRange> dirty_;
  std::optional<TextScreen> text_;
  bool everything_ = true;
  bool pending_ = true;
  std::function<void()> changed_;
};

}  // namespace minivmm::test
