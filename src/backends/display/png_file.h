#pragma once
// A picture as a PNG file.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "minivmm/scanout.h"

namespace minivmm {

/// Writes pixels (0x00RRGGBB, height * stride of them) to path, 24 bits a pixel. The file appears
/// whole or not at all: it is written beside its place and renamed.
/// Errors: HostError.
void write_png(const std::string& path, std::span<const std::uint32_t> pixels, PictureSize size,
               std::size_t stride);

/// Whether a file could be written at path; ConfigError says why not.
void check_png_path(const std::string& path);

}  // namespace minivmm
