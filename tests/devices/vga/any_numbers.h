#pragma once
// Numbers without meaning, the same in each run.

#include <cstdint>

namespace minivmm::test {

/// Marsaglia's xorshift32. seed is not 0.
class AnyNumbers {
 public:
  explicit AnyNumbers(std::uint32_t seed) : state_(seed) {}
  std::uint32_t operator()() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return state_;
  }

 private:
  std::uint32_t state_;
};

}  // namespace minivmm::test
