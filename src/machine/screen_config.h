#pragma once
// What a configuration says of the screen: whether there is one, and whether it can be.

#include <cstdint>

#include "minivmm/machine_config.h"

namespace minivmm {

/// Whether the machine has a graphics adapter (ScreenConfig::present).
[[nodiscard]] bool has_screen(const MachineConfig& config);

/// Throws ConfigError for what no adapter can be or show.
void check_screen(const MachineConfig& config);

/// What a picture of 32 bits a pixel takes, in bytes: rows are padded to 8 pixels, as the adapter's
/// are.
[[nodiscard]] std::uint64_t picture_bytes(unsigned width, unsigned height);

}  // namespace minivmm
