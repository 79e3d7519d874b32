// minivmm: a configuration from the command line, a machine, and the exit status that says how it
// ended. The only place that catches what set-up throws.

#include <unistd.h>

#include <cstdio>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/debug_session.h"
#include "cli/disk/command.h"
#include "cli/exit_status.h"
#include "cli/options.h"
#include "debug/gdb/monitor.h"
#include "debug/gdb/server.h"
#include "host/helper_program.h"
#include "host/system_error.h"
#include "minivmm/error.h"
#include "minivmm/machine.h"
#include "top/top.h"

namespace {

using namespace minivmm;

// One line that says how it ended; what is no failure is left out by --log error.
void tell(const StopReason& reason, int status) {
  const bool failed = status != cli::kExitSuccess && reason.kind != StopKind::kDebugExit;
  if (!log::enabled(failed ? log::Level::kError : log::Level::kWarning)) return;
  log::write(failed ? log::Level::kError : log::Level::kInfo, cli::describe(reason));
}

// minivmm view: the window is a program of its own, so that this one starts without its libraries.
[[noreturn]] void become_viewer(std::span<const char* const> args) {
  constexpr const char* kViewer = "minivmm-view";
  const auto program = find_helper_program(kViewer);
  if (!program)
    throw ConfigError(std::string(kViewer) +
                      " is not installed: it comes with builds where SDL2 and cairo are found");
  std::vector<char*> words{const_cast<char*>(kViewer)};
  for (const char* word : args) words.push_back(const_cast<char*>(word));
  words.push_back(nullptr);
  ::execv(program->c_str(), words.data());
  throw system_error("cannot start " + *program);
}

int run(std::span<const char* const> args) {
  if (!args.empty() && std::string_view(args.front()) == "view") become_viewer(args.subspan(1));
  if (!args.empty() && std::string_view(args.front()) == "top") return top::run(args.subspan(1));
  if (!args.empty() && std::string_view(args.front()) == "disk")
    return cli::disk::run(args.subspan(1));
  cli::Options options = cli::parse_options(args);
  if (!options.print.empty()) {
    std::fputs(options.print.c_str(), stdout);
    return cli::kExitSuccess;
  }
  log::set_level(options.log_level);
  StopReason reason;
  {
    const GdbConfig where = options.machine.gdb;
    // One debugger at a time: gdb, or the prompt.
    const bool debugs = options.machine.debug.from_start && !where.wanted();
    cli::DebugSession debugger(options.debug);
    if (!where.wanted()) {
      options.machine.debug.on_key = [&debugger] { debugger.on_key(); };
      // Without a terminal nobody would answer the prompt.
      if (::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1)
        options.machine.debug.on_crash = [&debugger] { debugger.start(); };
    }
    options.machine.debug.takes_stdin =
        debugs && options.debug.commands.empty() && ::isatty(STDIN_FILENO) == 0;
    Machine machine(std::move(options.machine));
    debugger.attach(machine);
    if (debugs) debugger.start();
    std::optional<debug::gdb::PromptCommands> prompt;
    std::optional<debug::gdb::Server> gdb;
    if (where.wanted()) {
      prompt.emplace(machine.debug_target(),
                     debug::Symbols::find(options.debug.symbols, options.debug.kernel));
      gdb.emplace(machine.debug_target(), where,
                  [&prompt](const std::string& line, const DebugStop& stop, unsigned cpu) {
                    return prompt->carry_out(line, stop, cpu);
                  });
    }
    reason = machine.run();
    debugger.join();
  }
  const int status = cli::exit_status(reason);
  if (!reason.account.empty()) std::fputs(reason.account.c_str(), stderr);
  tell(reason, status);
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(
        std::span<const char* const>(argv, static_cast<std::size_t>(argc)).subspan(argc > 0));
  } catch (const ConfigError& error) {
    log::error("{}", error.what());
    return cli::kExitUsage;
  } catch (const std::exception& error) {
    log::error("{}", error.what());
    return cli::kExitHost;
  }
}
