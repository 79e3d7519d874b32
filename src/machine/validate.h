#pragma once
// What can be said of a configuration before anything is opened.

#include "minivmm/machine_config.h"

namespace minivmm {

/// Throws ConfigError for what no host could run.
void validate(const MachineConfig& config);

}  // namespace minivmm
