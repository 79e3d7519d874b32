#include "devices/virtio/blk_offer.h"

#include <algorithm>
#include <bit>

#include "devices/virtio/features.h"

namespace minivmm::virtio {
namespace {

/// One range of a discard or write-zeroes: at most 1 GiB, so that none keeps the host busy for
/// long. A request of as many ranges as allowed still fits in one page.
constexpr std::uint32_t kMaxRangeSectors = (1u << 30) / kSectorSize;
constexpr std::uint32_t kMaxRanges = 64;

}  // namespace

BlkRules rules_for(const BlockInfo& info) {
  BlkRules rules;
  rules.sectors = info.size / kSectorSize;
  rules.read_only = info.read_only;
  rules.discard = !info.read_only && info.discard_alignment != 0;
  rules.write_zeroes = !info.read_only;
  rules.max_range_sectors = kMaxRangeSectors;
  rules.max_ranges = kMaxRanges;
  return rules;
}

std::uint64_t features_for(const BlkRules& rules) {
  std::uint64_t features = kBlkFeatureSegMax | kBlkFeatureBlkSize | kBlkFeatureFlush |
                           kBlkFeatureTopology | kBlkFeatureMultiQueue;
  if (rules.read_only) features |= kBlkFeatureReadOnly;
  if (rules.discard) features |= kBlkFeatureDiscard;
  if (rules.write_zeroes) features |= kBlkFeatureWriteZeroes;
  return features;
}

BlkConfig config_for(const BlockInfo& info, const BlkRules& rules, std::uint16_t queues) {
  BlkConfig config;
  config.capacity = rules.sectors;
  config.seg_max = kBlkQueueSize - 2;  // Beside header and status.
  // The unit of addressing stays 512 bytes, so that an image means the same on every host; what
  // the host prefers is told as the size of a physical block.
  config.blk_size = kSectorSize;
  const std::uint32_t blocks = std::bit_floor(std::max(info.block_size / kSectorSize, 1u));
  config.physical_block_exp = static_cast<std::uint8_t>(std::countr_zero(blocks));
  config.min_io_size = static_cast<std::uint16_t>(std::min(blocks, 0x8000u));
  config.num_queues = queues;
  if (rules.discard) {
    config.max_discard_sectors = rules.max_range_sectors;
    config.max_discard_seg = rules.max_ranges;
    config.discard_sector_alignment = std::max(info.discard_alignment / kSectorSize, 1u);
  }
  if (rules.write_zeroes) {
    config.max_write_zeroes_sectors = rules.max_range_sectors;
    config.max_write_zeroes_seg = rules.max_ranges;
    config.write_zeroes_may_unmap = rules.discard ? 1 : 0;
  }
  return config;
}

}  // namespace minivmm::virtio
