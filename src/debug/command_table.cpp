#include "debug/command_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "host/nearest.h"

namespace minivmm::debug {
namespace {

constexpr std::string_view kInvisible =
    R"(What stock KVM keeps to itself is no exit here: its interrupt controllers and timer (look with
lapic, ioapic, pic, pit, irqs), CPUID, HLT, page faults, doorbells by ioeventfd, and writes to the
VGA that KVM collects (start with --debug-all-exits to see those two).
Values are expressions: 0x10+rsp, a symbol, value == 0x80.
)";

void help(Debugger& debugger, const Arguments& arguments) {
  std::string text;
  for (const Command& command : commands()) {
    if (!arguments.empty() && arguments.words.front() != command.name &&
        arguments.words.front() != command.letter)
      continue;
    text += fmt::format("{:<34} {:<3} {}\n", fmt::format("{} {}", command.name, command.usage),
                        command.letter, command.help);
  }
  if (text.empty())
    throw CommandError(
        fmt::format("there is no command '{}': help lists them all", arguments.words.front()));
  debugger.print(text);
  if (arguments.empty()) debugger.print(kInvisible);
}

constexpr Command kHelp{"help", "h", "[COMMAND]", "this list", help};

const Command& find_command(const std::string& typed) {
  const auto& all = commands();
  const Command* beginning = nullptr;
  for (const Command& command : all) {
    if (command.name == typed || command.letter == typed) return command;
    if (!command.name.starts_with(typed)) continue;
    if (beginning != nullptr)
      throw CommandError(fmt::format("'{}' may be {} or {}: type more of it", typed,
                                     beginning->name, command.name));
    beginning = &command;
  }
  if (beginning != nullptr) return *beginning;
  std::vector<std::string> names;
  names.reserve(all.size());
  for (const Command& command : all) names.emplace_back(command.name);
  const std::string meant = nearest(typed, names);
  throw CommandError(
      fmt::format("there is no command '{}': {}", typed,
                  meant.empty() ? "help lists them all" : fmt::format("did you mean {}?", meant)));
}

}  // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> all = [] {
    std::vector<Command> list;
    for (const auto group : {running_commands(), breakpoint_commands(), cpu_commands(),
                             memory_commands(), chip_commands(), device_commands()})
      list.insert(list.end(), group.begin(), group.end());
    list.push_back(kHelp);
    return list;
  }();
  return all;
}

void run_command(Debugger& debugger, const std::string& line) {
  const auto start = line.find_first_not_of(" \t\r\n");
  if (start == std::string::npos || line[start] == '#') return;
  std::istringstream words(line.substr(start));
  std::string name;
  words >> name;
  Arguments arguments;
  for (std::string word; words >> word;) arguments.words.push_back(word);
  const auto rest = line.find_first_not_of(" \t\r\n", start + name.size());
  if (rest != std::string::npos) {
    arguments.text = line.substr(rest);
    arguments.text.erase(arguments.text.find_last_not_of(" \t\r\n") + 1);
  }
  find_command(name).run(debugger, arguments);
}

}  // namespace minivmm::debug
