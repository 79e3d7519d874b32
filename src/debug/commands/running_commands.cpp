// Commands that let the guest run.

#include <fmt/format.h>

#include <array>

#include "debug/command_table.h"
#include "debug/honoured_stops.h"

namespace minivmm::debug {
namespace {

std::uint64_t count_of(const Debugger& debugger, const Arguments& arguments) {
  return arguments.empty() ? 1 : debugger.value(arguments.text);
}

void step(Debugger& debugger, const Arguments& arguments) {
  debugger.step_exits(count_of(debugger, arguments));
}

void stepi(Debugger& debugger, const Arguments& arguments) {
  const std::uint64_t count = count_of(debugger, arguments);
  if (const auto reason = no_step_because(debugger.target(), debugger.cpu()))
    throw CommandError(*reason);
  debugger.step_instructions(count);
}

void go_on(Debugger& debugger, const Arguments& /*arguments*/) {
  debugger.resume();
}

void until(Debugger& debugger, const Arguments& arguments) {
  if (arguments.empty()) throw CommandError("until what? As: until value == 0x80");
  (void)debugger.value(arguments.text);  // Says what is wrong with it.
  debugger.until(std::make_shared<const Expression>(arguments.text));
}

void finish(Debugger& debugger, const Arguments& arguments) {
  if (arguments.empty()) throw CommandError("after how many exits? As: finish 100");
  const std::uint64_t exits = debugger.value(arguments.words.front());
  if (exits == 0) throw CommandError("0 exits are over already: give 1 or more");
  debugger.finish(exits);
}

void quit(Debugger& debugger, const Arguments& /*arguments*/) {
  debugger.quit();
}

void detach(Debugger& debugger, const Arguments& /*arguments*/) {
  debugger.detach();
}

constexpr std::array kCommands{
    Command{"step", "s", "[N]", "to the next exit, N times", step},
    Command{"stepi", "si", "[N]", "one instruction of this vCPU, N times", stepi},
    Command{"continue", "c", "", "run until a breakpoint, or Ctrl-C", go_on},
    Command{"until", "u", "EXPR", "run to the first exit at which EXPR isn't 0", until,
            Command::Takes::kExpression},
    Command{"finish", "f", "N exits", "run through N exits", finish},
    Command{"detach", "", "", "let the guest run without the debugger", detach},
    Command{"quit", "q", "", "end the machine", quit},
};

}  // namespace

std::span<const Command> running_commands() {
  return kCommands;
}

}  // namespace minivmm::debug
