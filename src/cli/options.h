#pragma once
// argv to a configuration.

#include <span>
#include <string>

#include "cli/debug_session.h"
#include "host/log.h"
#include "minivmm/machine_config.h"

namespace minivmm::cli {

struct Options {
  MachineConfig machine;
  log::Level log_level = log::Level::kWarning;
  DebugOptions debug{};
  /// Not empty: print this (--help, --version) and end with status 0.
  std::string print{};
};

/// args without the program's name. Throws ConfigError.
[[nodiscard]] Options parse_options(std::span<const char* const> args);

}  // namespace minivmm::cli
