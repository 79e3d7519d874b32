#pragma once
// From what a user says of a network to the network.

#include <memory>

#include "backends/net/capture_file.h"
#include "minivmm/net_backend.h"
#include "minivmm/net_config.h"

namespace minivmm::net {

/// queue_pairs: as many as the guest could use. capture may be null. Throws ConfigError, HostError.
[[nodiscard]] std::unique_ptr<NetBackend> make_net_backend(
    const NetConfig& config, unsigned queue_pairs, const std::shared_ptr<CaptureFile>& capture);

}  // namespace minivmm::net
