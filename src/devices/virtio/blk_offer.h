#pragma once
// What a disk offers its driver, by what its backend can (virtio 1.2, 5.2.3 and 5.2.4).

#include <cstdint>

#include "devices/virtio/blk_layout.h"
#include "devices/virtio/blk_request.h"
#include "minivmm/block_backend.h"

namespace minivmm::virtio {

/// Deep enough for a driver that keeps a fast disk busy and takes few interrupts for it; a queue's
/// rings fill some 6 KiB of the guest's memory.
inline constexpr std::uint16_t kBlkQueueSize = 256;

[[nodiscard]] BlkRules rules_for(const BlockInfo& info);
[[nodiscard]] std::uint64_t features_for(const BlkRules& rules);
[[nodiscard]] BlkConfig config_for(const BlockInfo& info, const BlkRules& rules,
                                   std::uint16_t queues);

}  // namespace minivmm::virtio
