#pragma once
// What an input device says of itself in its configuration space (virtio 1.2, 5.8.4).

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

namespace minivmm::virtio {

/// The union of virtio_input_config, and how much of it is said.
struct InputAnswer {
  std::array<std::byte, 128> bytes{};
  std::uint8_t size = 0;
};

/// Without a terminating 0.
[[nodiscard]] inline InputAnswer input_text(std::string_view text) {
  InputAnswer answer;
  const std::size_t size = std::min(text.size(), answer.bytes.size());
  std::memcpy(answer.bytes.data(), text.data(), size);
  answer.size = static_cast<std::uint8_t>(size);
  return answer;
}

template <typename T>
[[nodiscard]] InputAnswer input_value(const T& value) {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(InputAnswer::bytes));
  InputAnswer answer;
  std::memcpy(answer.bytes.data(), &value, sizeof(T));
  answer.size = sizeof(T);
  return answer;
}

/// A bitmap with these bits set, each below 1024, up to the last byte that has one.
[[nodiscard]] inline InputAnswer input_bits(std::span<const std::uint16_t> bits) {
  InputAnswer answer;
  for (const unsigned bit : bits) {
    answer.bytes.at(bit / 8) |= std::byte{1} << (bit % 8);
    answer.size = std::max(answer.size, static_cast<std::uint8_t>(bit / 8 + 1));
  }
  return answer;
}

}  // namespace minivmm::virtio
