#pragma once
// The qcow2 format in numbers (QEMU, docs/interop/qcow2). Everything on disk is big-endian.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

namespace minivmm::qcow2 {

inline constexpr std::uint32_t kMagic = 0x514649fb;  // "QFI\xfb"
inline constexpr unsigned kSmallestClusterBits = 9;
inline constexpr unsigned kLargestClusterBits = 21;  // QEMU's own limit.
inline constexpr unsigned kUsualClusterBits = 16;
inline constexpr unsigned kUsualRefcountOrder = 4;
inline constexpr unsigned kLargestRefcountOrder = 6;

// QEMU's own limits: what is beyond them could not be taken there.
inline constexpr std::uint64_t kMostL1Bytes = 32u << 20;
inline constexpr std::uint64_t kMostRefcountTableBytes = 8u << 20;

// Where the header's fields are.
inline constexpr std::size_t kHeaderMagic = 0;
inline constexpr std::size_t kHeaderVersion = 4;
inline constexpr std::size_t kHeaderBackingOffset = 8;
inline constexpr std::size_t kHeaderBackingSize = 16;
inline constexpr std::size_t kHeaderClusterBits = 20;
inline constexpr std::size_t kHeaderSize = 24;
inline constexpr std::size_t kHeaderCryptMethod = 32;
inline constexpr std::size_t kHeaderL1Size = 36;
inline constexpr std::size_t kHeaderL1Offset = 40;
inline constexpr std::size_t kHeaderRefcountTable = 48;
inline constexpr std::size_t kHeaderRefcountClusters = 56;
inline constexpr std::size_t kHeaderSnapshots = 60;
inline constexpr std::size_t kHeaderIncompatible = 72;
inline constexpr std::size_t kHeaderCompatible = 80;
inline constexpr std::size_t kHeaderAutoclear = 88;
inline constexpr std::size_t kHeaderRefcountOrder = 96;
inline constexpr std::size_t kHeaderLength = 100;
inline constexpr std::size_t kHeaderBytesV2 = 72;
inline constexpr std::size_t kHeaderBytesV3 = 104;

// incompatible_features.
inline constexpr std::uint64_t kDirty = 1u << 0;
inline constexpr std::uint64_t kCorrupt = 1u << 1;
inline constexpr std::uint64_t kExternalData = 1u << 2;
inline constexpr std::uint64_t kCompressionType = 1u << 3;
inline constexpr std::uint64_t kExtendedL2 = 1u << 4;
// compatible_features.
inline constexpr std::uint64_t kLazyRefcounts = 1u << 0;
// autoclear_features.
inline constexpr std::uint64_t kBitmaps = 1u << 0;

// Header extensions.
inline constexpr std::uint32_t kExtensionEnd = 0;
inline constexpr std::uint32_t kExtensionBackingFormat = 0xe2792aca;
inline constexpr std::uint32_t kExtensionFeatureNames = 0x6803f857;

// Entries of the L1 table and of L2 tables.
inline constexpr std::uint64_t kOffsetMask = 0x00ff'ffff'ffff'fe00;  // Bits 9 to 55.
inline constexpr std::uint64_t kCopied = 1ull << 63;                 // The refcount is exactly one.
inline constexpr std::uint64_t kCompressedFlag = 1ull << 62;
inline constexpr std::uint64_t kZeroFlag = 1;  // Version 3: reads as zeroes.

template <typename T>
T load_be(const std::byte* from) {
  T value{};
  std::memcpy(&value, from, sizeof value);
  if constexpr (sizeof(T) == 8) return __builtin_bswap64(value);
  if constexpr (sizeof(T) == 4) return __builtin_bswap32(value);
  if constexpr (sizeof(T) == 2) return __builtin_bswap16(value);
  return value;
}

template <typename T>
void store_be(std::byte* to, T value) {
  if constexpr (sizeof(T) == 8) value = __builtin_bswap64(value);
  if constexpr (sizeof(T) == 4) value = __builtin_bswap32(value);
  if constexpr (sizeof(T) == 2) value = __builtin_bswap16(value);
  std::memcpy(to, &value, sizeof value);
}

/// What follows from the size of clusters and of refcounts.
struct Geometry {
  unsigned cluster_bits = kUsualClusterBits;
  unsigned refcount_order = kUsualRefcountOrder;

  [[nodiscard]] std::uint64_t cluster_size() const { return 1ull << cluster_bits; }
  [[nodiscard]] std::uint64_t inside(std::uint64_t offset) const {
    return offset & (cluster_size() - 1);
  }
  [[nodiscard]] std::uint64_t cluster_of(std::uint64_t offset) const {
    return offset >> cluster_bits;
  }
  [[nodiscard]] std::uint64_t round_up(std::uint64_t offset) const {
    return (offset + cluster_size() - 1) & ~(cluster_size() - 1);
  }
  [[nodiscard]] std::uint64_t clusters_for(std::uint64_t bytes) const {
    return round_up(bytes) >> cluster_bits;
  }
  [[nodiscard]] unsigned l2_bits() const { return cluster_bits - 3; }
  [[nodiscard]] std::uint64_t l2_entries() const { return 1ull << l2_bits(); }
  /// Of the guest's bytes, those behind one L2 table.
  [[nodiscard]] unsigned table_bits() const { return cluster_bits + l2_bits(); }
  [[nodiscard]] std::uint64_t l1_entries_for(std::uint64_t size) const {
    return (size >> table_bits()) + ((size & ((1ull << table_bits()) - 1)) != 0 ? 1 : 0);
  }
  [[nodiscard]] std::uint64_t refcounts_per_block() const {
    return cluster_size() * 8 >> refcount_order;
  }
  /// Metadata is written in pieces of this many bytes.
  [[nodiscard]] std::uint64_t span_size() const {
    constexpr std::uint64_t kPage = 4096;
    return cluster_size() < kPage ? cluster_size() : kPage;
  }
};

/// Compressed Clusters Descriptor: where a compressed cluster's bytes are; the end is rounded up.
struct CompressedRun {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};
inline CompressedRun compressed_run(std::uint64_t entry, unsigned cluster_bits) {
  constexpr std::uint64_t kSector = 512;
  const unsigned offset_bits = 62 - (cluster_bits - 8);
  const std::uint64_t offset = entry & ((1ull << offset_bits) - 1);
  const std::uint64_t more = (entry & (kCompressedFlag - 1)) >> offset_bits;
  return {offset, (more + 1) * kSector - (offset & (kSector - 1))};
}

/// One entry of an L2 table in words.
struct Mapping {
  enum class Kind { kHole, kZero, kData, kCompressed };
  Kind kind = Kind::kHole;
  std::uint64_t offset = 0;  ///< In the file: of kData; of kZero where one is kept for it, else 0.
};
inline Mapping mapping_of(std::uint64_t entry, unsigned version) {
  if ((entry & kCompressedFlag) != 0) return {Mapping::Kind::kCompressed, 0};
  const std::uint64_t offset = entry & kOffsetMask;
  if (version >= 3 && (entry & kZeroFlag) != 0) return {Mapping::Kind::kZero, offset};
  if (offset == 0) return {};
  return {Mapping::Kind::kData, offset};
}

}  // namespace minivmm::qcow2
