#pragma once
// A stop in words.

#include <string>

#include "debug/debugger.h"

namespace minivmm::debug {

/// Why the machine stands and where: a line, behind a crash's account. breakpoint: the number of
/// the one that stopped it; 0: none. The debugger stands.
[[nodiscard]] std::string stop_report(Debugger& debugger, unsigned breakpoint);

}  // namespace minivmm::debug
