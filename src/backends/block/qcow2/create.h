#pragma once
// Empty images, and images that become larger or smaller.

#include <cstdint>
#include <string_view>

#include "backends/block/qcow2/image.h"
#include "backends/block/qcow2/layout.h"

namespace minivmm::qcow2 {

/// Writes an empty image of version 3 into an empty file. size: in bytes, a multiple of 512. what
/// starts messages. Throws ConfigError where the format can't hold as much, HostError.
void make_empty_image(int fd, std::uint64_t size, const Geometry& geometry, std::string_view what);

/// Gives a disk another size, in bytes, a multiple of 512; writes it at once. What lies behind a
/// smaller one must read as zeroes. Throws ConfigError where the format can't hold as much,
/// HostError.
void resize(Image& image, std::uint64_t size);

}  // namespace minivmm::qcow2
