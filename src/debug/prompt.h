#pragma once
// A session of the debugger: lines to commands.

#include "debug/debugger.h"
#include "debug/line_source.h"

namespace minivmm::debug {

/// Waits until the machine stands, unless it does already, then runs commands until the lines are
/// over, the machine has ended, or the user quit or detached.
void run_prompt(Debugger& debugger, LineSource& lines);

}  // namespace minivmm::debug
