#include "debug/debugger.h"

#include <fmt/format.h>

#include <algorithm>

#include "debug/command_table.h"
#include "debug/exit_text.h"
#include "debug/page_walk.h"
#include "debug/register_names.h"
#include "host/nearest.h"
#include "minivmm/error.h"

namespace minivmm::debug {
namespace {

using Reason = DebugStop::Reason;

constexpr std::byte kInt3{0xcc};

std::optional<std::uint64_t> exit_value(const ExitRecord& record, std::string_view name) {
  if (name == "value") return record.value;
  if (name == "address" || name == "port") return record.address;
  if (name == "width") return record.width;
  return std::nullopt;
}

}  // namespace

// --- Looking ---------------------------------------------------------------------------------

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

// --- Breakpoints -----------------------------------------------------------------------------

Breakpoint& Debugger::add(Breakpoint breakpoint) {
  breakpoint.number = next_number_++;
  return breakpoints_.emplace_back(std::move(breakpoint));
}

bool Debugger::counts(Breakpoint& breakpoint, unsigned cpu, const ExitRecord& record) {
  if (breakpoint.condition && !holds(*breakpoint.condition, cpu, record)) return false;
  ++breakpoint.hits;
  if (breakpoint.ignore > 0) {
    --breakpoint.ignore;
    return false;
  }
  hit_number_ = breakpoint.number;
  return true;
}

bool Debugger::hit(unsigned cpu, const ExitRecord& record) {
  return std::ranges::any_of(breakpoints_, [&](Breakpoint& one) {
    return matches(one, record, target_) && counts(one, cpu, record);
  });
}

// Watchpoints first, because nothing else can do their work; instructions that find no register
// left get INT3.
void Debugger::arm() {
  constexpr std::size_t kProcessorHas = 4;
  std::vector<HardwareStop> stops;
  bool software = false;
  for (const Breakpoint& one : breakpoints_) {
    if (one.kind == Breakpoint::Kind::kMemory)
      stops.push_back({.kind = one.watch, .linear = one.linear, .length = one.length});
  }
  for (Breakpoint& one : breakpoints_) {
    if (one.kind != Breakpoint::Kind::kInstruction) continue;
    if (stops.size() < kProcessorHas) {
      stops.push_back({.kind = HardwareStop::Kind::kExecute, .linear = one.linear});
      continue;
    }
    const auto code = read_linear(one.linear, 1);
    if (code.empty()) continue;
    one.covered = code.front();
    (void)write_linear(target_.memory(), special_registers(), one.linear, {&kInt3, 1});
    software = true;
  }
  if (!target_.set_hardware_stops(stops)) throw CommandError("KVM refuses the breakpoints");
  target_.set_software_stops(software);
}

void Debugger::disarm() {
  for (Breakpoint& one : breakpoints_) {
    if (!one.covered) continue;
    (void)write_linear(target_.memory(), special_registers(), one.linear, {&*one.covered, 1});
    one.covered.reset();
  }
}

Breakpoint* Debugger::instruction_breakpoint() {
  const std::uint64_t rip = linear_rip(registers(), special_registers());
  const auto found = std::ranges::find_if(breakpoints_, [&](const Breakpoint& one) {
    if (one.kind == Breakpoint::Kind::kMemory)
      return stop_.reason == Reason::kWatchpoint && one.linear == stop_.watched;
    return one.kind == Breakpoint::Kind::kInstruction && one.linear == rip &&
           stop_.reason == Reason::kBreakpoint;
  });
  return found == breakpoints_.end() ? nullptr : &*found;
}

// A vCPU that stands on a breakpoint would only hit it again.
bool Debugger::leave_breakpoint() {
  const std::uint64_t rip = linear_rip(registers(), special_registers());
  const bool on_one = std::ranges::any_of(breakpoints_, [&](const Breakpoint& one) {
    return one.kind == Breakpoint::Kind::kInstruction && one.linear == rip;
  });
  if (!on_one) return true;
  (void)target_.set_hardware_stops({});
  take_stop(target_.step_instruction(cpu_));
  return state_ == State::kStanding && stop_.reason == Reason::kStep;
}

// --- Running ---------------------------------------------------------------------------------

void Debugger::run(const Filter& extra, const std::function<DebugStop()>& go) {
  front_.before_running();
  do {
    hit_number_ = 0;
    if (!leave_breakpoint()) break;
    target_.set_exit_filter([this, extra](unsigned cpu, const ExitRecord& record) {
      const bool wanted = extra && extra(cpu, record);
      return hit(cpu, record) || wanted;
    });
    arm();
    take_stop(go());
  } while (state_ == State::kStanding && !wanted_stop());
  report();
}

void Debugger::take_stop(DebugStop stop) {
  stop_ = std::move(stop);
  if (stop_.reason == Reason::kEnded) {
    state_ = State::kEnded;
    return;
  }
  state_ = State::kStanding;
  cpu_ = stop_.cpu;
  // A new board has memory of its own, without our INT3s.
  if (stop_.reason == Reason::kStarted) {
    for (Breakpoint& one : breakpoints_) one.covered.reset();
  }
  disarm();
}

bool Debugger::wanted_stop() {
  Breakpoint* breakpoint = instruction_breakpoint();
  return breakpoint == nullptr || counts(*breakpoint, cpu_, {});
}

void Debugger::resume() {
  run({}, [this] { return target_.resume(); });
}

void Debugger::step_exits(std::uint64_t count) {
  for (; count > 0 && state_ == State::kStanding; --count) {
    run({}, [this] { return target_.step_exit(); });
    if (stop_.reason != Reason::kExit) return;
  }
}

void Debugger::step_instructions(std::uint64_t count) {
  front_.before_running();
  hit_number_ = 0;
  for (; count > 0; --count) {
    (void)target_.set_hardware_stops({});
    take_stop(target_.step_instruction(cpu_));
    if (state_ != State::kStanding || stop_.reason != Reason::kStep) break;
  }
  report();
}

void Debugger::until(std::shared_ptr<const Expression> condition) {
  run([this, condition](unsigned cpu,
                        const ExitRecord& record) { return holds(*condition, cpu, record); },
      [this] { return target_.resume(); });
}

void Debugger::finish(std::uint64_t exits) {
  run([left = std::make_shared<std::uint64_t>(exits)](unsigned,
                                                      const ExitRecord&) { return --*left == 0; },
      [this] { return target_.resume(); });
}

void Debugger::quit() {
  front_.before_running();
  target_.quit();
  state_ = State::kLeft;
}

void Debugger::detach() {
  front_.before_running();
  target_.detach();
  state_ = State::kLeft;
}

void Debugger::wait() {
  front_.before_running();
  take_stop(target_.wait_for_stop());
  report();
}

// --- Telling ---------------------------------------------------------------------------------

void Debugger::report() {
  if (state_ == State::kEnded) return print("the machine has stopped\n");
  std::string text =
      fmt::format("#{} cpu{} {}  ", stop_.number, stop_.cpu, duration_text(stop_.since_last));
  std::uint64_t at = linear_rip(registers(), special_registers());
  std::string where = code_line(at);
  switch (stop_.reason) {
    case Reason::kStarted:
      text = fmt::format("cpu{} stands before its first instruction", stop_.cpu);
      break;
    case Reason::kExit: {
      const auto space = space_of(stop_.exit.kind);
      const auto access = access_of(stop_.exit.kind);
      DevicePlace place;
      if (space) place = target_.place(*space, stop_.exit.address, *access);
      text += exit_text(stop_.exit, place);
      const std::uint64_t exit_at = at - registers().rip + stop_.exit_rip;
      if (exit_at != at) {
        where = code_line(exit_at);
        break;
      }
      constexpr std::size_t kBefore = 48;
      const auto before = read_linear(at - kBefore, kBefore);
      if (before.size() < kBefore) break;
      if (const auto one = instruction_before(before, at, code_mode(special_registers())))
        where = code_line(one->address);
      break;
    }
    case Reason::kStep:
      text += "step";
      break;
    case Reason::kBreakpoint:
      text += "breakpoint";
      break;
    case Reason::kWatchpoint:
      text += fmt::format("watchpoint: {} was accessed", place(stop_.watched));
      break;
    case Reason::kInterrupted:
      text += "interrupted";
      break;
    case Reason::kCrashed:
      print(stop_.account);
      text += "the guest crashed";
      break;
    case Reason::kEnded:
      break;
  }
  if (hit_number_ != 0) text += fmt::format("   (breakpoint {})", hit_number_);
  if (const auto vector = target_.pending_vector(cpu_))
    text += fmt::format("   (vector {:#x} goes in next)", *vector);
  print(fmt::format("{}   at {}\n", text, where));
  const auto found = std::ranges::find(breakpoints_, hit_number_, &Breakpoint::number);
  if (found != breakpoints_.end()) pending_.assign(found->actions.begin(), found->actions.end());
}

void Debugger::execute(const std::string& line) {
  pending_.clear();
  execute_one(line);
  while (state_ == State::kStanding && !pending_.empty()) {
    const std::string next = pending_.front();
    pending_.pop_front();
    execute_one(next);
  }
}

void Debugger::execute_one(const std::string& line) {
  try {
    run_command(*this, line);
  } catch (const CommandError& error) {
    pending_.clear();
    print(fmt::format("{}\n", error.what()));
  } catch (const HostError& error) {
    pending_.clear();
    print(fmt::format("{}\n", error.what()));
  }
}

std::vector<std::string> Debugger::completions(std::string_view typed) {
  std::vector<std::string> found;
  for (const Command& command : commands()) {
    if (command.name.starts_with(typed)) found.emplace_back(command.name);
  }
  return found;
}

}  // namespace minivmm::debug
