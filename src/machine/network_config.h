#pragma once
// What a configuration says of the network: how many cards there are, and what they are like.

#include <cstddef>
#include <vector>

#include "minivmm/machine_config.h"

namespace minivmm {

/// The cards of the machine (MachineConfig::nets). Where nobody asked for one, and what one needs
/// is not installed, there is none.
[[nodiscard]] std::vector<NetConfig> networks(const MachineConfig& config);

/// How many there are at most.
[[nodiscard]] std::size_t card_count(const MachineConfig& config);

/// Throws ConfigError for what no machine can have.
void check_networks(const MachineConfig& config);

/// The address of a card: what was said, else one of the locally administered ones that is the same
/// at every start; on a tap, where others are near, one that comes from the host's and its name.
[[nodiscard]] MacAddress mac_address(const NetConfig& config, unsigned number);

/// How many queue pairs a guest could use.
[[nodiscard]] unsigned most_queue_pairs(const MachineConfig& config);

}  // namespace minivmm
