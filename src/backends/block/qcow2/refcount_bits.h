#pragma once
// Refcounts of any width in a block (QEMU, docs/interop/qcow2, "Host cluster management").

#include <cstddef>
#include <cstdint>
#include <span>

#include "backends/block/qcow2/layout.h"

namespace minivmm::qcow2 {

/// order: the width is 2^order bits; below 8, the first of a byte is in its lowest bits.
inline std::uint64_t load_refcount(std::span<const std::byte> block, std::uint64_t index,
                                   unsigned order) {
  const std::uint64_t bit = index << order;
  const std::byte* at = block.data() + bit / 8;
  switch (order) {
    case 3:
      return load_be<std::uint8_t>(at);
    case 4:
      return load_be<std::uint16_t>(at);
    case 5:
      return load_be<std::uint32_t>(at);
    case 6:
      return load_be<std::uint64_t>(at);
    default:
      return std::to_integer<unsigned>(*at) >> bit % 8 & ((1u << (1u << order)) - 1);
  }
}

/// Into a block that was zero there.
inline void store_refcount(std::span<std::byte> block, std::uint64_t index, unsigned order,
                           std::uint64_t count) {
  const std::uint64_t bit = index << order;
  std::byte* at = block.data() + bit / 8;
  switch (order) {
    case 3:
      return store_be(at, static_cast<std::uint8_t>(count));
    case 4:
      return store_be(at, static_cast<std::uint16_t>(count));
    case 5:
      return store_be(at, static_cast<std::uint32_t>(count));
    case 6:
      return store_be(at, count);
    default:
      *at |= static_cast<std::byte>(count << bit % 8);
  }
}

/// What a refcount of that width can say.
inline std::uint64_t most_refcount(unsigned order) {
  return order == kLargestRefcountOrder ? ~std::uint64_t{0} : (1ull << (1u << order)) - 1;
}

}  // namespace minivmm::qcow2
