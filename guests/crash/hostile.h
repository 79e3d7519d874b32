#pragma once
// The kinds of nonsense.

#include <cstdint>

#include "lib/random.h"

/// Registers, rings and doorbells of every virtio device.
void poke_virtio(guest::Random& random, std::uint64_t count);
void poke_fw_cfg(guest::Random& random, std::uint64_t count);
/// Every function of bus 0 and some that don't exist, by ports and by ECAM.
void poke_config_space(guest::Random& random, std::uint64_t count);
void poke_ports(guest::Random& random, std::uint64_t count);
