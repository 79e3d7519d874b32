#pragma once
// Takes a fuzzer's bytes apart into numbers; when they run out, zeros.

#include <cstdint>
#include <cstring>
#include <span>

namespace minivmm::test {

class FuzzInput {
 public:
  FuzzInput(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }

  template <typename T>
  T take() {
    T value{};
    const std::size_t bytes = rest_.size() < sizeof(T) ? rest_.size() : sizeof(T);
    std::memcpy(&value, rest_.data(), bytes);
    rest_ = rest_.subspan(bytes);
    return value;
  }

 private:
  std::span<const std::uint8_t> rest_;
};

}  // namespace minivmm::test
