#pragma once
// The split virtqueue as it lies in guest memory (virtio 1.2, 2.7).

#include <bit>
#include <cstddef>
#include <cstdint>

namespace minivmm::virtio {

static_assert(std::endian::native == std::endian::little, "virtio's fields are little-endian");

/// 2.7.5: The Virtqueue Descriptor Table.
struct Descriptor {
  std::uint64_t address = 0;
  std::uint32_t length = 0;
  std::uint16_t flags = 0;
  std::uint16_t next = 0;
};
static_assert(sizeof(Descriptor) == 16);

inline constexpr std::uint16_t kDescriptorNext = 1;
inline constexpr std::uint16_t kDescriptorWrite = 2;
inline constexpr std::uint16_t kDescriptorIndirect = 4;

/// Both rings start alike (2.7.6, 2.7.8): le16 flags; le16 idx; the entries; le16 event.
inline constexpr std::size_t kRingFlags = 0;
inline constexpr std::size_t kRingIndex = 2;
inline constexpr std::size_t kRingEntries = 4;
inline constexpr std::size_t kAvailableEntrySize = 2;
inline constexpr std::size_t kUsedEntrySize = 8;  ///< le32 id; le32 len.

inline constexpr std::uint16_t kAvailableNoInterrupt = 1;  ///< 2.7.7.
inline constexpr std::uint16_t kUsedNoNotify = 1;          ///< 2.7.10.

/// 2.7: the alignment and the size in bytes of each part, for a queue of size entries.
inline constexpr std::uint64_t kDescriptorAlignment = 16;
inline constexpr std::uint64_t kAvailableAlignment = 2;
inline constexpr std::uint64_t kUsedAlignment = 4;

constexpr std::size_t descriptor_table_size(std::size_t size) {
  return sizeof(Descriptor) * size;
}
constexpr std::size_t used_event_offset(std::size_t size) {
  return kRingEntries + kAvailableEntrySize * size;
}
constexpr std::size_t avail_event_offset(std::size_t size) {
  return kRingEntries + kUsedEntrySize * size;
}
constexpr std::size_t available_ring_size(std::size_t size) {
  return used_event_offset(size) + 2;
}
constexpr std::size_t used_ring_size(std::size_t size) {
  return avail_event_offset(size) + 2;
}

inline constexpr std::uint16_t kMaxQueueSize = 32768;        ///< 2.7: 2^15.
inline constexpr std::uint64_t kMaxChainBytes = 1ull << 32;  ///< 2.7.5.2.

/// 2.7.7.1 and 2.7.10.1: whether moving an index from before to now passes event.
constexpr bool passes_event(std::uint16_t event, std::uint16_t now, std::uint16_t before) {
  return static_cast<std::uint16_t>(now - event - 1) < static_cast<std::uint16_t>(now - before);
}

}  // namespace minivmm::virtio
