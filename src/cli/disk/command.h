#pragma once
// minivmm disk create|info|resize|convert: images, without a machine.

#include <span>

namespace minivmm::cli::disk {

/// args: those behind "disk". The exit status. Throws ConfigError, HostError.
int run(std::span<const char* const> args);

}  // namespace minivmm::cli::disk
