#pragma once
// How long something took, many times, in little memory.

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace minivmm::debug {

/// Times sorted into buckets, eight for each power of two: a quantile is right within an eighth.
class TimeHistogram {
 public:
  void add(std::chrono::nanoseconds time) {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0));
    ++buckets_[bucket_of(value)];
    ++count_;
    least_ = std::min(least_, value);
  }
  void add(const TimeHistogram& other) {
    for (std::size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
    count_ += other.count_;
    least_ = std::min(least_, other.least_);
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// 0 when there are none.
  [[nodiscard]] std::chrono::nanoseconds least() const {
    return std::chrono::nanoseconds(count_ == 0 ? 0 : static_cast<std::int64_t>(least_));
  }
  /// The time that this share of all (0 to 1) did not exceed; 0 when there are none.
  [[nodiscard]] std::chrono::nanoseconds quantile(double share) const {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(count_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      seen += buckets_[i];
      if (seen > wanted || (seen == count_ && count_ != 0)) return std::max(start_of(i), least());
    }
    return {};
  }

 private:
  static constexpr unsigned kSubBits = 3;
  static constexpr std::uint64_t kSub = 1u << kSubBits;
  static constexpr unsigned kMostBits = 36;  // A minute; what takes longer counts as that.
  static constexpr std::size_t kBuckets = (kMostBits - kSubBits + 1) * kSub;

  static std::size_t bucket_of(std::uint64_t value) {
    if (value < kSub) return value;
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - kSubBits - 1;
    const std::uint64_t bucket = (shift + 1) * kSub + ((value >> shift) - kSub);
    return std::min<std::uint64_t>(bucket, kBuckets - 1);
  }
  static std::chrono::nanoseconds start_of(std::size_t bucket) {
    if (bucket < kSub) return std::chrono::nanoseconds(bucket);
    const std::size_t shift = bucket / kSub - 1;
    return std::chrono::nanoseconds((kSub + bucket % kSub) << shift);
  }

  std::array<std::uint32_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t least_ = ~std::uint64_t{0};
};

}  // namespace minivmm::debug
