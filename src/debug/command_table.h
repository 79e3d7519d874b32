#pragma once
// Every command of the debugger: its name, its one letter, its help, its function.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "debug/debugger.h"

namespace minivmm::debug {

/// What follows the command's name, split at blanks; text is all of it as it was written.
struct Arguments {
  std::string text{};
  std::vector<std::string> words{};
  [[nodiscard]] bool empty() const { return words.empty(); }
};

struct Command {
  std::string_view name;
  std::string_view letter;  ///< Its short form; empty: none.
  std::string_view usage;   ///< What follows the name.
  std::string_view help;    ///< One line.
  void (*run)(Debugger& debugger, const Arguments& arguments);
  /// What a user's Tab completes behind the name.
  enum class Takes : std::uint8_t {
    kNothing,
    kCommand,
    kDevice,
    kQueue,
    kMsr,
    kPlace,
    kExpression
  };
  Takes takes = Takes::kNothing;
};

// One file each in commands/.
[[nodiscard]] std::span<const Command> running_commands();
[[nodiscard]] std::span<const Command> breakpoint_commands();
[[nodiscard]] std::span<const Command> cpu_commands();
[[nodiscard]] std::span<const Command> memory_commands();
[[nodiscard]] std::span<const Command> chip_commands();
[[nodiscard]] std::span<const Command> device_commands();

/// All of them, in the help's order.
[[nodiscard]] const std::vector<Command>& commands();

/// The command that a line begins with: by name, letter or a beginning that only one name has.
/// Null: the line is empty, or a comment. Throws CommandError.
[[nodiscard]] const Command* command_of(const std::string& line);
/// Does nothing for an empty line. Throws CommandError.
void run_command(Debugger& debugger, const std::string& line);

}  // namespace minivmm::debug
