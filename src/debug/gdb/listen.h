#pragma once
// A socket that waits for gdb.

#include "host/unique_fd.h"
#include "minivmm/machine_config.h"

namespace minivmm::debug::gdb {

/// Throws HostError.
[[nodiscard]] UniqueFd listen_for_gdb(const GdbConfig& config);

}  // namespace minivmm::debug::gdb
