// Commands that say where to stop.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

#include "debug/command_table.h"
#include "debug/device_names.h"
#include "debug/register_names.h"
#include "host/nearest.h"

namespace minivmm::debug {
namespace {

std::string trimmed(std::string text) {
  text.erase(0, text.find_first_not_of(" \t"));
  text.erase(text.find_last_not_of(" \t") + 1);
  return text;
}

// Takes "WORD rest" off the text's end, from the last blank-separated WORD on.
std::optional<std::string> take_clause(std::string& text, std::string_view word) {
  const std::string inside = fmt::format(" {} ", word);
  const auto at = text.find(inside);
  if (at == std::string::npos) return std::nullopt;
  std::string clause = trimmed(text.substr(at + inside.size()));
  text = trimmed(text.substr(0, at));
  return clause;
}

void set_range(Debugger& debugger, Breakpoint& breakpoint, const std::string& text) {
  if (text.empty())
    throw CommandError("which address? As: break port 0x3f8, break mmio 0xfee00000/4096");
  const auto slash = text.find('/');
  breakpoint.start = debugger.value(text.substr(0, slash));
  breakpoint.size = slash == std::string::npos ? 1 : debugger.value(text.substr(slash + 1));
  if (breakpoint.size == 0) throw CommandError("a range of 0 bytes has nothing to stop at");
}

void set_reason(Breakpoint& breakpoint, const std::string& text) {
  breakpoint.reason = exit_kind(text);
  if (breakpoint.reason) return;
  const std::vector<std::string> known = exit_kinds();
  const std::string meant = nearest(text, known);
  throw CommandError(fmt::format("'{}' is no reason to exit: {}", text,
                                 meant.empty() ? fmt::format("there are {}", fmt::join(known, ", "))
                                               : fmt::format("did you mean {}?", meant)));
}

void set_msr(Debugger& debugger, Breakpoint& breakpoint, const std::string& text) {
  const auto index = msr_index(text);
  breakpoint.msr = true;
  breakpoint.size = 1;
  breakpoint.start = index ? *index : debugger.value(text);
  constexpr std::uint64_t kX2apic = 0x800;
  if (breakpoint.start >> 32 != 0) throw CommandError("an MSR's number has 32 bits");
  if (breakpoint.start >> 8 == kX2apic >> 8)
    throw CommandError(
        "KVM's local APIC answers its MSRs (0x800 to 0x8ff) by itself: lapic shows what they hold");
}

// A mode may hide a register (a 16550's divisor): an unknown name is told, and waited for.
void tell_unknown_register(Debugger& debugger, const Breakpoint& breakpoint) {
  const auto names = names_of_registers(debugger.target(), breakpoint.device);
  const std::vector<std::string> known(names.begin(), names.end());
  const auto is_meant = [&](const std::string& name) {
    return is_named(name, breakpoint.register_name);
  };
  if (known.empty() || std::ranges::any_of(known, is_meant)) return;
  constexpr std::size_t kFew = 12;
  const std::string meant = nearest(breakpoint.register_name, known);
  debugger.print(
      fmt::format("{} has no register '{}' now{}\n", breakpoint.device, breakpoint.register_name,
                  !meant.empty()         ? fmt::format(": did you mean {}?", meant)
                  : known.size() <= kFew ? fmt::format(": it has {}", fmt::join(known, ", "))
                                         : ""));
}

// Answers whether the words name a device's register: "com1", "com1.LCR", "virtio-blk0.notify".
bool set_device(Debugger& debugger, Breakpoint& breakpoint, const std::string& text) {
  const auto dot = text.find('.');
  const std::vector<std::string> names = debugger.target().device_names();
  const std::string device = text.substr(0, dot);
  if (std::ranges::find(names, device) == names.end()) return false;
  breakpoint.device = device;
  if (dot == std::string::npos) return true;
  breakpoint.register_name = text.substr(dot + 1);
  tell_unknown_register(debugger, breakpoint);
  return true;
}

// Says so where this host's KVM doesn't stop the guest everywhere, or nowhere.
void check_support(Debugger& debugger, std::string_view what, bool kernel, bool user) {
  if (!kernel && !user)
    throw CommandError(
        fmt::format("KVM on this host honours no {} (it was tried): stop at exits, and use stepi "
                    "from there",
                    what));
  if (!kernel || !user)
    debugger.print_once(fmt::format("KVM on this host honours {} in ring {} only (it was tried)\n",
                                    what, kernel ? 0 : 3));
}

void set_instruction(Debugger& debugger, Breakpoint& breakpoint, const std::string& text) {
  breakpoint.kind = Breakpoint::Kind::kInstruction;
  try {
    breakpoint.linear = debugger.value(text);
  } catch (const CommandError&) {
    const std::string meant =
        nearest(text.substr(0, text.find('.')), debugger.target().device_names());
    if (meant.empty()) throw;
    throw CommandError(fmt::format(
        "'{}' is neither a place in the code nor a device: did you mean {}?", text, meant));
  }
  const StopSupport support = debugger.target().stop_support();
  check_support(debugger, "breakpoints on instructions",
                support.kernel.execute || support.kernel.breakpoint,
                support.user.execute || support.user.breakpoint);
}

void set_access(Breakpoint& breakpoint, std::string& place) {
  for (const auto& [suffix, access] :
       {std::pair{" read", Access::kRead}, std::pair{" write", Access::kWrite}}) {
    if (!place.ends_with(suffix)) continue;
    breakpoint.access = access;
    place = trimmed(place.substr(0, place.size() - std::string_view(suffix).size()));
  }
}

void set_place(Debugger& debugger, Breakpoint& breakpoint, std::string place) {
  set_access(breakpoint, place);
  std::istringstream words(place);
  std::string kind;
  words >> kind;
  std::string rest;
  std::getline(words, rest);
  rest = trimmed(rest);
  if (kind == "cpuid")
    throw CommandError(
        "KVM answers CPUID by itself, from a table that doesn't change: no exit to stop at. Break "
        "on the instruction's address instead, and look at its registers after stepi");
  if (kind == "port" || kind == "mmio") {
    breakpoint.space = kind == "port" ? AddressSpace::kPorts : AddressSpace::kMemory;
    return set_range(debugger, breakpoint, rest);
  }
  if (kind == "reason") return set_reason(breakpoint, rest);
  if (kind == "msr") return set_msr(debugger, breakpoint, rest);
  if (set_device(debugger, breakpoint, place)) return;
  set_instruction(debugger, breakpoint, place);
}

std::vector<std::string> split_actions(const std::string& text) {
  std::vector<std::string> actions;
  std::istringstream stream(text);
  for (std::string one; std::getline(stream, one, ';');) {
    if (one = trimmed(one); !one.empty()) actions.push_back(one);
  }
  return actions;
}

// "PLACE [if EXPR] [ignore N] [do COMMAND; ...]", the clauses in this order.
void set_clauses(Debugger& debugger, Breakpoint& breakpoint, std::string& text) {
  if (const auto actions = take_clause(text, "do")) breakpoint.actions = split_actions(*actions);
  if (const auto ignore = take_clause(text, "ignore")) breakpoint.ignore = debugger.value(*ignore);
  const auto condition = take_clause(text, "if");
  if (!condition) return;
  (void)debugger.value(*condition);
  breakpoint.condition = std::make_shared<const Expression>(*condition);
}

void tell_new(Debugger& debugger, const Breakpoint& made) {
  const std::string where =
      made.kind == Breakpoint::Kind::kExit ? "" : " at " + debugger.place(made.linear);
  debugger.print(fmt::format("breakpoint {}: {}{}\n", made.number, made.text, where));
}

void break_at(Debugger& debugger, const Arguments& arguments) {
  if (arguments.empty())
    throw CommandError("where? As: break port 0x3f8, break com1.LCR write, break main");
  Breakpoint breakpoint{.text = arguments.text};
  std::string place = arguments.text;
  set_clauses(debugger, breakpoint, place);
  set_place(debugger, breakpoint, place);
  tell_new(debugger, debugger.add(std::move(breakpoint)));
}

// "ADDRESS [LENGTH] [read|write]".
void watch(Debugger& debugger, const Arguments& arguments) {
  if (arguments.empty()) throw CommandError("which address? As: watch 0x5000/4, watch ticks/8");
  Breakpoint breakpoint{.kind = Breakpoint::Kind::kMemory, .text = arguments.text};
  std::string place = arguments.text;
  set_clauses(debugger, breakpoint, place);
  set_access(breakpoint, place);
  if (breakpoint.access == Access::kRead) breakpoint.watch = HardwareStop::Kind::kReadWrite;
  breakpoint.access.reset();
  set_range(debugger, breakpoint, place);
  breakpoint.linear = breakpoint.start;
  breakpoint.length = static_cast<unsigned>(breakpoint.size);
  const bool possible = breakpoint.size <= 8 && (breakpoint.size & (breakpoint.size - 1)) == 0 &&
                        breakpoint.start % breakpoint.size == 0;
  if (!possible)
    throw CommandError("the processor watches 1, 2, 4 or 8 bytes at a multiple of that");
  const auto watched =
      std::ranges::count(debugger.breakpoints(), Breakpoint::Kind::kMemory, &Breakpoint::kind);
  constexpr int kProcessorHas = 4;
  if (watched == kProcessorHas)
    throw CommandError("the processor watches 4 places at most: delete one");
  const StopSupport support = debugger.target().stop_support();
  check_support(debugger, "watchpoints", support.kernel.watch, support.user.watch);
  tell_new(debugger, debugger.add(std::move(breakpoint)));
}

void list(Debugger& debugger, const Arguments& /*arguments*/) {
  if (debugger.breakpoints().empty()) debugger.print("no breakpoints\n");
  for (const Breakpoint& one : debugger.breakpoints())
    debugger.print(fmt::format("{:>3}  {}{}  ({} hits{})\n", one.number,
                               one.kind == Breakpoint::Kind::kMemory ? "watch " : "", one.text,
                               one.hits,
                               one.ignore > 0 ? fmt::format(", {} to ignore", one.ignore) : ""));
}

void remove(Debugger& debugger, const Arguments& arguments) {
  auto& all = debugger.breakpoints();
  if (arguments.empty()) {
    all.clear();
    return debugger.print("all breakpoints are gone\n");
  }
  const std::uint64_t number = debugger.value(arguments.text);
  if (std::erase_if(all, [&](const Breakpoint& one) { return one.number == number; }) == 0)
    throw CommandError(fmt::format("there is no breakpoint {}: list shows them", number));
}

constexpr std::array kCommands{
    Command{"break", "b", "PLACE [if EXPR] [ignore N] [do ...]",
            "port N, mmio ADDR/SIZE, DEVICE[.REG], msr N, reason WHY, [read|write]; or code.\n"
            "                                       do silent; ... doesn't tell of the stop",
            break_at, Command::Takes::kPlace},
    Command{"watch", "w", "ADDR[/SIZE] [read]", "stop when memory is written (or read)", watch,
            Command::Takes::kExpression},
    Command{"list", "l", "", "breakpoints and their hits", list},
    Command{"delete", "d", "[N]", "a breakpoint, or all", remove},
};

}  // namespace

std::span<const Command> breakpoint_commands() {
  return kCommands;
}

}  // namespace minivmm::debug
