#pragma once
// What a driver hands over with one available entry: buffers to read, then buffers to write.

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace minivmm::virtio {

/// A piece of guest RAM, where the host has it.
using Segment = std::span<std::byte>;

/// A descriptor chain, taken off a virtqueue. It can be moved but not copied: who holds it owes the
/// driver an answer (Virtqueue::push), or drops it after a reset.
///
/// The guest may change the bytes at any time: copy in, check the copy, use the copy.
class Chain {
 public:
  /// storage is reused, its contents are not.
  explicit Chain(std::uint16_t head, std::vector<Segment> storage = {})
      : head_(head), segments_(std::move(storage)) {
    segments_.clear();
  }
  Chain(Chain&&) noexcept = default;
  Chain& operator=(Chain&&) noexcept = default;
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;
  ~Chain() = default;

  /// Only before the first add_writable() (virtio 1.2, 2.7.4.2).
  void add_readable(Segment segment) {
    segments_.push_back(segment);
    ++readable_count_;
    readable_size_ += segment.size();
  }
  void add_writable(Segment segment) {
    segments_.push_back(segment);
    writable_size_ += segment.size();
  }

  /// The index of its first descriptor, by which the driver knows it.
  [[nodiscard]] std::uint16_t head() const { return head_; }
  [[nodiscard]] std::span<const Segment> readable() const {
    return std::span(segments_).first(readable_count_);
  }
  [[nodiscard]] std::span<const Segment> writable() const {
    return std::span(segments_).subspan(readable_count_);
  }
  /// In bytes; each at most kMaxChainBytes when the chain came off a queue.
  [[nodiscard]] std::uint64_t readable_size() const { return readable_size_; }
  [[nodiscard]] std::uint64_t writable_size() const { return writable_size_; }

  /// Gives the storage back, for another chain.
  [[nodiscard]] std::vector<Segment> take_storage() && { return std::move(segments_); }

 private:
  std::uint16_t head_;
  std::vector<Segment> segments_;
  std::size_t readable_count_ = 0;
  std::uint64_t readable_size_ = 0;
  std::uint64_t writable_size_ = 0;
};

/// Copies up to to.size() bytes, beginning offset bytes into segments; answers how many there were.
std::size_t gather(std::span<const Segment> segments, std::uint64_t offset,
                   std::span<std::byte> to);

/// Copies up to from.size() bytes to the beginning of segments; answers how many had room.
std::size_t scatter(std::span<const Segment> segments, std::span<const std::byte> from);

/// The pieces of segments that make up [offset, offset + length), which must lie inside.
[[nodiscard]] std::vector<Segment> slice(std::span<const Segment> segments, std::uint64_t offset,
                                         std::uint64_t length);

}  // namespace minivmm::virtio
