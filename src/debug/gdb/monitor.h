#pragma once
// gdb's `monitor COMMAND`: the commands of the debugger's prompt, beside gdb's own.

#include <memory>
#include <string>

#include "debug/debugger.h"
#include "debug/gdb/session.h"

namespace minivmm::debug::gdb {

/// Every command but those that gdb has itself: running, and stopping at code and memory. Exits
/// that `monitor break` names stop the machine as a breakpoint does, while gdb lets it run.
///
/// Threads: the target's debugger thread.
class PromptCommands {
 public:
  PromptCommands(DebugTarget& target, Symbols symbols)
      : debugger_(
            target, std::move(symbols),
            {.print = [this](std::string_view text) { said_ += text; }, .before_running = [] {}}) {}
  PromptCommands(const PromptCommands&) = delete;
  PromptCommands& operator=(const PromptCommands&) = delete;

  /// What the command says, its lines ended by newlines. stop: why the machine stands; cpu: gdb's.
  [[nodiscard]] std::string carry_out(const std::string& line, const DebugStop& stop, unsigned cpu);

 private:
  std::string said_;
  Debugger debugger_;
};

}  // namespace minivmm::debug::gdb
