#pragma once
// Whether there is anything on a disk that a BIOS would start.

#include <memory>
#include <string>
#include <vector>

#include "backends/block/disk_image.h"
#include "minivmm/machine_config.h"

namespace minivmm {

/// A PC's BIOS starts the first sector of the first disk when it ends in 55 aa. What to tell the
/// user when the order names disks and that is not so; empty when it is, or cannot be known.
[[nodiscard]] std::string boot_sector_warning(const std::vector<BootDevice>& order,
                                              const std::vector<std::unique_ptr<DiskImage>>& disks);

}  // namespace minivmm
