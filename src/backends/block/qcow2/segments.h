#pragma once
// Parts of guest memory that is in pieces.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace minivmm::qcow2 {

using Segments = std::vector<std::span<std::byte>>;

/// The length bytes behind the first from.
inline Segments slice(const Segments& segments, std::uint64_t from, std::uint64_t length) {
  Segments result;
  for (const std::span<std::byte> segment : segments) {
    if (length == 0) break;
    if (from >= segment.size()) {
      from -= segment.size();
      continue;
    }
    const auto bytes = std::min<std::uint64_t>(length, segment.size() - from);
    result.push_back(segment.subspan(from, bytes));
    from = 0;
    length -= bytes;
  }
  return result;
}

inline void fill_with_zeroes(const Segments& segments) {
  for (const std::span<std::byte> segment : segments) std::ranges::fill(segment, std::byte{0});
}

/// As many bytes as there are segments for.
inline void copy_to(const Segments& segments, const std::byte* from) {
  for (const std::span<std::byte> segment : segments) {
    std::memcpy(segment.data(), from, segment.size());
    from += segment.size();
  }
}
inline void copy_from(const Segments& segments, std::byte* to) {
  for (const std::span<std::byte> segment : segments) {
    std::memcpy(to, segment.data(), segment.size());
    to += segment.size();
  }
}

}  // namespace minivmm::qcow2
