#include "debug/gdb/monitor.h"

#include <algorithm>
#include <utility>

#include "debug/command_table.h"

namespace minivmm::debug::gdb {
namespace {

// Of commands that don't exist the debugger tells.
bool runs_the_guest(const std::string& line) {
  try {
    const Command* const command = command_of(line);
    return command != nullptr && std::ranges::any_of(running_commands(), [&](const Command& one) {
             return one.name == command->name;
           });
  } catch (const CommandError&) {
    return false;
  }
}

}  // namespace

std::string PromptCommands::carry_out(const std::string& line, const DebugStop& stop,
                                      unsigned cpu) {
  if (runs_the_guest(line)) return "gdb lets the guest run: use its own commands\n";
  said_.clear();
  debugger_.look(stop, cpu);
  debugger_.execute(line);
  const auto is_gdbs = [](const Breakpoint& one) { return one.kind != Breakpoint::Kind::kExit; };
  if (std::erase_if(debugger_.breakpoints(), is_gdbs) != 0)
    return "gdb stops at code and memory itself: use its break and watch\n";
  debugger_.watch_exits();
  return std::exchange(said_, {});
}

}  // namespace minivmm::debug::gdb
