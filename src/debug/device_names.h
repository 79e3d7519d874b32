#pragma once
// Names that a device's registers have at the moment.

#include <set>
#include <string>

#include "minivmm/debug_target.h"

namespace minivmm::debug {

/// Where it answers now (of a large range only the start's), and those of its state. None while a
/// PCI device's BARs are not set, whose state doesn't tell all.
[[nodiscard]] std::set<std::string> names_of_registers(const DebugTarget& target,
                                                       const std::string& device);

}  // namespace minivmm::debug
