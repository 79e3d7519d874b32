#pragma once
// minivmm top: what a running machine does at the moment.

#include <span>

namespace minivmm::top {

/// args: those behind "top". Returns when the user quits, or the machine ends; the exit status.
/// Throws ConfigError, HostError.
int run(std::span<const char* const> args);

}  // namespace minivmm::top
