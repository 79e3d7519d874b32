// What a debugger's user may name: registers, symbols, and what the exit carried.

#include <fmt/format.h>

#include "debug/debugger.h"
#include "debug/page_walk.h"
#include "debug/register_names.h"
#include "host/nearest.h"

namespace minivmm::debug {
namespace {

std::optional<std::uint64_t> exit_value(const ExitRecord& record, std::string_view name) {
  if (name == "value") return record.value;
  if (name == "address" || name == "port") return record.address;
  if (name == "width") return record.width;
  return std::nullopt;
}

}  // namespace

std::string Debugger::place(std::uint64_t address) const {
  const std::string name = symbols_.place(address);
  return name.empty() ? fmt::format("{:#x}", address) : fmt::format("{:#x} {}", address, name);
}

std::vector<std::byte> Debugger::read_linear(std::uint64_t linear, std::size_t size) const {
  std::vector<std::byte> bytes(size);
  bytes.resize(debug::read_linear(target_.memory(), special_registers(), linear, bytes));
  return bytes;
}

std::string Debugger::code_line(std::uint64_t linear) const {
  const auto code = read_linear(linear, kLongestInstruction);
  const auto one = disassemble(code, linear, code_mode(special_registers()));
  if (one) return fmt::format("{}: {}", place(linear), one->text);
  if (code.empty()) return fmt::format("{}: not mapped", place(linear));
  return place(linear);
}

std::uint64_t Debugger::value(std::string_view expression) const {
  const auto lookup = [this](std::string_view name) -> std::optional<std::uint64_t> {
    if (const auto found = exit_value(stop_.exit, name)) return found;
    if (const auto found = general_register(registers(), name)) return found;
    if (const auto found = special_register(special_registers(), name)) return found;
    return symbols_.address(name);
  };
  try {
    return Expression(expression).evaluate(lookup);
  } catch (const BadExpression& error) {
    std::string text = error.what();
    if (!error.unknown_name().empty()) {
      std::vector<std::string> known = register_names();
      for (const Symbol& symbol : symbols_.all()) known.push_back(symbol.name);
      if (const std::string meant = nearest(error.unknown_name(), known); !meant.empty())
        text += fmt::format(" (did you mean {}?)", meant);
    }
    throw CommandError(text);
  }
}

bool Debugger::holds(const Expression& condition, unsigned cpu, const ExitRecord& record) const {
  const auto lookup = [&](std::string_view name) -> std::optional<std::uint64_t> {
    if (const auto found = exit_value(record, name)) return found;
    if (const auto found = general_register(target_.registers(cpu), name)) return found;
    if (const auto found = special_register(target_.special_registers(cpu), name)) return found;
    return symbols_.address(name);
  };
  try {
    return condition.evaluate(lookup) != 0;
  } catch (const BadExpression&) {
    return true;  // A name that isn't there any more: better to stop than to run on.
  }
}

}  // namespace minivmm::debug
