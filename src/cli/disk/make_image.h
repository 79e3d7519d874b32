#pragma once
// Empty images in files that are open.

#include <cstdint>
#include <string>

#include "minivmm/machine_config.h"

namespace minivmm::cli::disk {

/// Makes an empty file an image of file's format. ConfigError, HostError.
void make_image(int fd, const DiskConfig& file, std::uint64_t size);

/// Gives a file a length; what starts messages. ConfigError where its file system has no such
/// files; HostError.
void set_length(int fd, std::uint64_t size, const std::string& what);

}  // namespace minivmm::cli::disk
