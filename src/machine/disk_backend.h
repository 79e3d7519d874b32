#pragma once
// What serves a disk of the machine, on whatever bus it is.

#include <memory>

#include "backends/block/disk_image.h"
#include "minivmm/block_backend.h"
#include "minivmm/machine_control.h"

namespace minivmm {

/// Refers to both. While the host has no room for what the guest writes, the guest stands.
[[nodiscard]] std::unique_ptr<BlockBackend> make_disk_backend(const DiskImage& image,
                                                              MachineControl& control);

}  // namespace minivmm
