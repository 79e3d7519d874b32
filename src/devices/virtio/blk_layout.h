#pragma once
// virtio-blk: feature bits, configuration space and requests (virtio 1.2, 5.2).

#include <cstddef>
#include <cstdint>

namespace minivmm::virtio {

/// 5.2.3.
inline constexpr std::uint64_t kBlkFeatureSegMax = 1ull << 2;
inline constexpr std::uint64_t kBlkFeatureReadOnly = 1ull << 5;
inline constexpr std::uint64_t kBlkFeatureBlkSize = 1ull << 6;
inline constexpr std::uint64_t kBlkFeatureFlush = 1ull << 9;
inline constexpr std::uint64_t kBlkFeatureTopology = 1ull << 10;
inline constexpr std::uint64_t kBlkFeatureMultiQueue = 1ull << 12;
inline constexpr std::uint64_t kBlkFeatureDiscard = 1ull << 13;
inline constexpr std::uint64_t kBlkFeatureWriteZeroes = 1ull << 14;

/// 5.2.4: struct virtio_blk_config. Fields whose feature is not offered are 0.
struct BlkConfig {
  std::uint64_t capacity = 0;  ///< In sectors of 512 bytes, whatever blk_size is.
  std::uint32_t size_max = 0;
  std::uint32_t seg_max = 0;
  std::uint16_t cylinders = 0;
  std::uint8_t heads = 0;
  std::uint8_t sectors = 0;
  std::uint32_t blk_size = 0;
  std::uint8_t physical_block_exp = 0;  ///< Logical blocks in a physical one, as a power of two.
  std::uint8_t alignment_offset = 0;
  std::uint16_t min_io_size = 0;
  std::uint32_t opt_io_size = 0;
  std::uint8_t writeback = 0;
  std::uint8_t unused0 = 0;
  std::uint16_t num_queues = 0;
  std::uint32_t max_discard_sectors = 0;
  std::uint32_t max_discard_seg = 0;
  std::uint32_t discard_sector_alignment = 0;
  std::uint32_t max_write_zeroes_sectors = 0;
  std::uint32_t max_write_zeroes_seg = 0;
  std::uint8_t write_zeroes_may_unmap = 0;
  std::uint8_t unused1[3] = {};
};
static_assert(offsetof(BlkConfig, blk_size) == 20);
static_assert(offsetof(BlkConfig, num_queues) == 34);
static_assert(offsetof(BlkConfig, max_discard_sectors) == 36);
static_assert(offsetof(BlkConfig, write_zeroes_may_unmap) == 56);
static_assert(sizeof(BlkConfig) == 64);  // Four bytes of padding end it.

/// The part that 5.2.4 defines up to here, without the padding.
inline constexpr std::size_t kBlkConfigSize = 60;

/// 5.2.6: what a request begins with.
struct BlkHeader {
  std::uint32_t type = 0;
  std::uint32_t reserved = 0;
  std::uint64_t sector = 0;
};
static_assert(sizeof(BlkHeader) == 16);

inline constexpr std::uint32_t kBlkIn = 0;
inline constexpr std::uint32_t kBlkOut = 1;
inline constexpr std::uint32_t kBlkFlush = 4;
inline constexpr std::uint32_t kBlkGetId = 8;
inline constexpr std::uint32_t kBlkDiscard = 11;
inline constexpr std::uint32_t kBlkWriteZeroes = 13;

/// 5.2.6: struct virtio_blk_discard_write_zeroes.
struct BlkRange {
  std::uint64_t sector = 0;
  std::uint32_t num_sectors = 0;
  std::uint32_t flags = 0;
};
static_assert(sizeof(BlkRange) == 16);
inline constexpr std::uint32_t kBlkRangeUnmap = 1;

/// 5.2.6: the status byte that ends a request.
inline constexpr std::uint8_t kBlkOk = 0;
inline constexpr std::uint8_t kBlkIoError = 1;
inline constexpr std::uint8_t kBlkUnsupported = 2;

inline constexpr std::size_t kBlkIdSize = 20;  ///< 5.2.6: the string of GET_ID.

}  // namespace minivmm::virtio
