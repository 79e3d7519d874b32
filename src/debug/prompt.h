#pragma once
// A session of the debugger: lines to commands, until the machine or the user has had enough.

#include <functional>
#include <memory>
#include <vector>

#include "debug/debugger.h"
#include "debug/line_source.h"

namespace minivmm::debug {

/// Who has the terminal. Called on the debugger's thread.
struct TerminalUse {
  std::function<void()> take{};       ///< The machine stands: the prompt reads and writes.
  std::function<void()> give_back{};  ///< The machine runs: the guest's serial line has it.
};

/// Runs until the machine has ended, or the user quit or detached. Sources are read one after the
/// other; when the last is over, the machine goes on without a debugger.
void run_prompt(Debugger& debugger, std::vector<std::unique_ptr<LineSource>> sources,
                const TerminalUse& terminal);

}  // namespace minivmm::debug
