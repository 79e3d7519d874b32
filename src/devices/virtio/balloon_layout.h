#pragma once
// What a balloon's driver reads and writes (virtio 1.2, 5.5).

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace minivmm::virtio {

/// 5.5.3: feature bits.
inline constexpr std::uint64_t kBalloonFeatureMustTellHost = 1ull << 0;
inline constexpr std::uint64_t kBalloonFeatureStats = 1ull << 1;
inline constexpr std::uint64_t kBalloonFeatureDeflateOnOom = 1ull << 2;
inline constexpr std::uint64_t kBalloonFeaturePagePoison = 1ull << 4;
inline constexpr std::uint64_t kBalloonFeatureReporting = 1ull << 5;

/// 5.5.2: the queues' numbers.
inline constexpr std::uint16_t kBalloonInflate = 0;
inline constexpr std::uint16_t kBalloonDeflate = 1;
inline constexpr std::uint16_t kBalloonStats = 2;
inline constexpr std::uint16_t kBalloonFreePage = 3;
inline constexpr std::uint16_t kBalloonReporting = 4;
inline constexpr std::uint16_t kBalloonQueues = 5;

/// 5.5.6: pages have 4 KiB, whatever the driver's own pages have.
inline constexpr std::uint64_t kBalloonPage = 4096;

/// 5.5.4: struct virtio_balloon_config. In pages.
struct BalloonConfig {
  std::uint32_t num_pages = 0;
  std::uint32_t actual = 0;
  std::uint32_t free_page_hint_cmd_id = 0;  // VIRTIO_BALLOON_F_FREE_PAGE_HINT is not offered.
  std::uint32_t poison_val = 0;
};
static_assert(sizeof(BalloonConfig) == 16 && offsetof(BalloonConfig, poison_val) == 12);

/// 5.5.6.3: struct virtio_balloon_stat is packed: le16 tag; le64 val.
inline constexpr std::size_t kBalloonStatSize = 10;

/// 5.5.6.4: the statistics by their tags.
inline constexpr std::array<std::string_view, 10> kBalloonStatNames{
    "SWAP_IN", "SWAP_OUT", "MAJFLT", "MINFLT",       "MEMFREE",
    "MEMTOT",  "AVAIL",    "CACHES", "HTLB_PGALLOC", "HTLB_PGFAIL"};

}  // namespace minivmm::virtio
