#pragma once
// Reading untrusted bytes of a file, and appending to a table: every access checked, no casts.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace minivmm::boot {

using Bytes = std::span<const std::byte>;

/// [offset, offset + size) of bytes, or nothing when it is not wholly inside.
[[nodiscard]] inline std::optional<Bytes> slice(Bytes bytes, std::uint64_t offset,
                                                std::uint64_t size) {
  if (offset > bytes.size() || size > bytes.size() - offset) return std::nullopt;
  return bytes.subspan(offset, size);
}

/// A little-endian value or packed struct at offset.
template <typename T>
[[nodiscard]] std::optional<T> read_at(Bytes bytes, std::uint64_t offset) {
  static_assert(std::is_trivially_copyable_v<T>);
  const auto part = slice(bytes, offset, sizeof(T));
  if (!part) return std::nullopt;
  T value;
  std::memcpy(&value, part->data(), sizeof(T));
  return value;
}

template <typename T>
[[nodiscard]] Bytes bytes_of(const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  return std::as_bytes(std::span<const T, 1>(&value, 1));
}

[[nodiscard]] inline Bytes bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline void append(std::vector<std::byte>& to, Bytes bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

template <typename T>
void append_value(std::vector<std::byte>& to, const T& value) {
  append(to, bytes_of(value));
}

/// The text and a final NUL.
inline void append_string(std::vector<std::byte>& to, std::string_view text) {
  append(to, bytes_of(text));
  to.push_back(std::byte{0});
}

[[nodiscard]] constexpr std::uint64_t align_up(std::uint64_t value, std::uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

[[nodiscard]] constexpr std::uint64_t align_down(std::uint64_t value, std::uint64_t alignment) {
  return value / alignment * alignment;
}

/// What to add to make the sum of all bytes 0 (ACPI 5.2.3, MP 4.1).
[[nodiscard]] inline std::byte checksum(Bytes bytes) {
  unsigned sum = 0;
  for (const std::byte byte : bytes) sum += std::to_integer<unsigned>(byte);
  return static_cast<std::byte>((0x100 - (sum & 0xff)) & 0xff);
}

}  // namespace minivmm::boot
