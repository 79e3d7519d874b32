#pragma once
// The picture that a machine draws once and every viewer maps.

#include <cstdint>
#include <optional>
#include <span>

#include "host/mapping.h"
#include "host/unique_fd.h"
#include "minivmm/scanout.h"

namespace minivmm {

/// What fits into the largest VRAM at 32 bits a pixel; a larger picture is not shown.
inline constexpr std::uint64_t kMostPixels = 64ull << 20;
inline constexpr unsigned kMostPixelsEachWay = 16384;

[[nodiscard]] constexpr bool can_be_shown(PictureSize size) {
  return size.width > 0 && size.height > 0 && size.width <= kMostPixelsEachWay &&
         size.height <= kMostPixelsEachWay &&
         std::uint64_t{size.width} * size.height <= kMostPixels;
}

/// Pixels from a row to the next: each row begins on a cache line of its own.
[[nodiscard]] constexpr std::uint32_t frame_stride(PictureSize size) {
  constexpr std::uint32_t kPixelsALine = 16;
  return (size.width + kPixelsALine - 1) / kPixelsALine * kPixelsALine;
}

[[nodiscard]] constexpr std::size_t frame_bytes(PictureSize size) {
  return std::size_t{frame_stride(size)} * size.height * sizeof(std::uint32_t);
}

/// A picture in a memfd that can neither shrink nor grow, and that nobody else can map for writing
/// (F_SEAL_FUTURE_WRITE, since Linux 5.1). Another size is another frame.
///
/// Ownership: owns memory and descriptor; a viewer's mapping keeps the memory beyond that.
/// Threads: one. Errors: HostError.
class SharedFrame {
 public:
  /// Black; can_be_shown(size).
  explicit SharedFrame(PictureSize size);

  [[nodiscard]] Picture picture() const;
  [[nodiscard]] PictureSize size() const { return size_; }
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  PictureSize size_;
  UniqueFd fd_;
  Mapping mapping_;
};

/// A frame as its viewer sees it.
class FrameView {
 public:
  /// nullopt when fd is not a sealed file that holds such a picture: one that shrinks later would
  /// end this process.
  [[nodiscard]] static std::optional<FrameView> map(const UniqueFd& fd, PictureSize size);

  [[nodiscard]] PictureSize size() const { return size_; }
  [[nodiscard]] std::size_t stride() const { return frame_stride(size_); }
  /// height * stride() pixels; they change while they are looked at.
  [[nodiscard]] std::span<const std::uint32_t> pixels() const;

 private:
  FrameView(PictureSize size, Mapping mapping) : size_(size), mapping_(std::move(mapping)) {}
  PictureSize size_;
  Mapping mapping_;
};

}  // namespace minivmm
