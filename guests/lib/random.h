#pragma once
// Pseudo-random numbers, the same from run to run.

#include <cstdint>

namespace guest {

/// xorshift64 (G. Marsaglia, "Xorshift RNGs", 2003).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed != 0 ? seed : 1) {}

  std::uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }
  /// Below `limit`.
  std::uint64_t below(std::uint64_t limit) { return next() % limit; }

 private:
  std::uint64_t state_;
};

}  // namespace guest
