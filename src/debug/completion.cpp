#include "debug/completion.h"

#include <algorithm>

#include "debug/breakpoints.h"
#include "debug/command_table.h"
#include "debug/device_names.h"
#include "debug/register_names.h"

namespace minivmm::debug {
namespace {

using Words = std::vector<std::string>;

Words command_words() {
  Words words;
  for (const Command& command : commands()) words.emplace_back(command.name);
  return words;
}

Words queue_words(Debugger& debugger) {
  Words words;
  for (const std::string& device : debugger.target().device_names()) {
    for (const QueueView& queue : debugger.target().device_queues(device))
      words.push_back(device + "." + std::to_string(queue.index));
  }
  return words;
}

Words expression_words(const Debugger& debugger) {
  Words words = register_names();
  words.insert(words.end(), {"value", "address", "port", "width"});
  for (const Symbol& symbol : debugger.symbols().all()) words.push_back(symbol.name);
  return words;
}

// "com1.LCR": a register's number, where it has one, is not needed (is_named()).
Words register_words(Debugger& debugger, const std::string& device) {
  Words words;
  for (const std::string& name : names_of_registers(debugger.target(), device))
    words.push_back(device + "." + name.substr(0, name.find(' ')));
  return words;
}

// Behind break: `before` is what stands there before the word.
Words place_words(Debugger& debugger, std::string_view before, std::string_view word) {
  if (before.ends_with("reason ")) return exit_kinds();
  if (before.ends_with("msr ")) return msr_names();
  // Behind the place there are conditions.
  if (before.find(" if ") != std::string_view::npos) return expression_words(debugger);
  const auto dot = word.find('.');
  if (dot != std::string_view::npos)
    return register_words(debugger, std::string(word.substr(0, dot)));
  Words words = debugger.target().device_names();
  words.insert(words.end(),
               {"port", "mmio", "msr", "reason", "if", "ignore", "do", "read", "write"});
  for (const Symbol& symbol : debugger.symbols().all()) words.push_back(symbol.name);
  return words;
}

Words words_for(Debugger& debugger, const Command& command, std::string_view before,
                std::string_view word) {
  switch (command.takes) {
    case Command::Takes::kNothing:
      return {};
    case Command::Takes::kCommand:
      return command_words();
    case Command::Takes::kDevice:
      return debugger.target().device_names();
    case Command::Takes::kQueue:
      return queue_words(debugger);
    case Command::Takes::kMsr:
      return msr_names();
    case Command::Takes::kPlace:
      return place_words(debugger, before, word);
    case Command::Takes::kExpression:
      return expression_words(debugger);
  }
  return {};
}

}  // namespace

std::string Completion::common_rest() const {
  if (words.empty()) return {};
  std::string_view common = words.front();
  for (const std::string& one : words) {
    const auto differs = std::ranges::mismatch(common, one).in1;
    common = common.substr(0, static_cast<std::size_t>(differs - common.begin()));
  }
  return std::string(common.substr(begun));
}

Completion complete(Debugger& debugger, std::string_view typed) {
  // A name ends where an operator does; "virtio-blk0.QueueNotify" is one all the same.
  const auto blank = typed.find_first_of(" \t");
  const auto last = typed.find_last_of(" \t(+*/&|!=<>,@");
  const auto start = last == std::string_view::npos ? 0 : last + 1;
  const std::string_view word = typed.substr(start);
  Words known;
  if (blank == std::string_view::npos) {
    known = command_words();
  } else {
    try {
      if (const Command* command = command_of(std::string(typed)))
        known = words_for(debugger, *command, typed.substr(0, start), word);
    } catch (const CommandError&) {
      return {};
    }
  }
  Completion found{.begun = word.size()};
  for (std::string& one : known) {
    if (one.starts_with(word)) found.words.push_back(std::move(one));
  }
  std::ranges::sort(found.words);
  found.words.erase(std::unique(found.words.begin(), found.words.end()), found.words.end());
  return found;
}

}  // namespace minivmm::debug
