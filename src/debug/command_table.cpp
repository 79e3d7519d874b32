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

constexpr Command kHelp{"help", "h", "[COMMAND]", "this list", help, Command::Takes::kCommand};

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

const Command* command_of(const std::string& line) {
  std::istringstream words(line);
  std::string name;
  if (!(words >> name) || name.front() == '#') return nullptr;
  return &find_command(name);
}

void run_command(Debugger& debugger, const std::string& line) {
  const Command* const command = command_of(line);
  if (command == nullptr) return;
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto name = line.find_first_not_of(kBlanks);
  const auto text =
      line.find_first_not_of(kBlanks, std::min(line.find_first_of(kBlanks, name), line.size()));
  Arguments arguments;
  if (text != std::string::npos) {
    arguments.text = line.substr(text);
    arguments.text.erase(arguments.text.find_last_not_of(kBlanks) + 1);
  }
  std::istringstream words(arguments.text);
  for (std::string word; words >> word;) arguments.words.push_back(word);
  command->run(debugger, arguments);
}

}  // namespace minivmm::debug
