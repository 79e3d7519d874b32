#pragma once
// What a card offers its driver, by what its network can (virtio 1.2, 5.1.3 and 5.1.4).

#include <cstdint>

#include "devices/virtio/net_layout.h"
#include "minivmm/net_backend.h"

namespace minivmm::virtio {

/// As drivers expect of a card; its rings fill some 6 KiB of the guest's memory.
inline constexpr std::uint16_t kNetQueueSize = 256;
/// Commands come one at a time.
inline constexpr std::uint16_t kNetControlQueueSize = 64;

[[nodiscard]] std::uint64_t net_features_for(const NetInfo& info, unsigned queue_pairs);
[[nodiscard]] NetConfigSpace net_config_for(const NetInfo& info, const MacAddress& mac,
                                            unsigned queue_pairs);

/// What of a set of features concerns frames from the guest, and to it. An offload without its
/// checksum is none (5.1.3.1).
[[nodiscard]] NetOffloads offloads_from_guest(std::uint64_t features);
[[nodiscard]] NetOffloads offloads_to_guest(std::uint64_t features);

}  // namespace minivmm::virtio
