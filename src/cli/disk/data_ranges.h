#pragma once
// Where an image may have something else than zeroes.

#include <cstdint>

#include "backends/block/disk_image.h"

namespace minivmm::cli::disk {

struct DataRange {
  std::uint64_t offset = 0;  ///< In the disk.
  std::uint64_t length = 0;  ///< 0: nothing more.
};

/// The first range at or behind an offset; what is before it reads as zeroes.
[[nodiscard]] DataRange next_data(const DiskImage& image, std::uint64_t offset);

}  // namespace minivmm::cli::disk
