#include "debug/debugger.h"

#include <fmt/format.h>

#include <algorithm>

#include "debug/command_table.h"
#include "debug/honoured_stops.h"
#include "debug/page_walk.h"
#include "debug/stop_report.h"
#include "minivmm/error.h"

namespace minivmm::debug {
namespace {

using Reason = DebugStop::Reason;

constexpr std::byte kInt3{0xcc};

}  // namespace

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

bool Debugger::hit(unsigned cpu, const ExitRecord& record, const DevicePlace& place) {
  return std::ranges::any_of(breakpoints_, [&](Breakpoint& one) {
    return matches(one, record, place) && counts(one, cpu, record);
  });
}

// Watchpoints first, because nothing else can do their work; instructions that find no register
// left get INT3.
void Debugger::arm() {
  std::size_t processor_has = 4;
  std::vector<HardwareStop> stops;
  std::vector<GuestAddress> planted;
  for (const Breakpoint& one : breakpoints_) {
    if (one.kind == Breakpoint::Kind::kMemory)
      stops.push_back({.kind = one.watch, .linear = one.linear, .length = one.length});
  }
  for (Breakpoint& one : breakpoints_) {
    if (one.kind != Breakpoint::Kind::kInstruction) continue;
    const StopSupport support = target_.stop_support();
    if (!support.kernel.execute && !support.user.execute) processor_has = 0;
    if (stops.size() < processor_has) {
      stops.push_back({.kind = HardwareStop::Kind::kExecute, .linear = one.linear});
      continue;
    }
    if (const auto at = plant(one)) planted.push_back(*at);
  }
  if (!target_.set_hardware_stops(stops)) throw CommandError("KVM refuses the breakpoints");
  target_.set_software_stops(planted);
  if (!target_.set_msr_exits(watched_msrs()))
    throw CommandError("KVM can't exit at these MSRs: 16 at most, and none of x2APIC's");
}

std::vector<std::uint32_t> Debugger::watched_msrs() const {
  std::vector<std::uint32_t> indices;
  for (const Breakpoint& one : breakpoints_) {
    const auto index = static_cast<std::uint32_t>(one.start);
    if (one.msr && std::ranges::find(indices, index) == indices.end()) indices.push_back(index);
  }
  return indices;
}

std::optional<GuestAddress> Debugger::plant(Breakpoint& breakpoint) {
  const GuestMemory& memory = target_.memory();
  const PageWalk walk = walk_pages(memory, special_registers(), breakpoint.linear);
  if (!walk.mapped()) return std::nullopt;
  // An INT3 that doesn't stop the guest would be a trap for it.
  if (!honoured_at(target_, cpu_, walk).breakpoint) return std::nullopt;
  const auto byte = memory.read<std::byte>(walk.physical);
  if (!byte || !memory.write(walk.physical, kInt3)) return std::nullopt;
  breakpoint.covered = {.at = walk.physical, .byte = *byte};
  return walk.physical;
}

void Debugger::disarm() {
  for (Breakpoint& one : breakpoints_) {
    if (!one.covered) continue;
    const GuestMemory& memory = target_.memory();
    // A guest that wrote there meanwhile keeps what it wrote.
    if (memory.read<std::byte>(one.covered->at) == kInt3)
      (void)memory.write(one.covered->at, one.covered->byte);
    one.covered.reset();
  }
}

Breakpoint* Debugger::instruction_breakpoint() {
  if (stop_.reason != Reason::kBreakpoint && stop_.reason != Reason::kWatchpoint) return nullptr;
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
  const auto of_code = [](const Breakpoint& one) {
    return one.kind == Breakpoint::Kind::kInstruction;
  };
  // Looking at registers has its price: a script that stops at exits alone needs none.
  if (stop_.reason != Reason::kBreakpoint && std::ranges::none_of(breakpoints_, of_code))
    return true;
  const std::uint64_t rip = linear_rip(registers(), special_registers());
  const bool on_one = std::ranges::any_of(breakpoints_, [&](const Breakpoint& one) {
    return one.kind == Breakpoint::Kind::kInstruction && one.linear == rip;
  });
  // An INT3 may be met by another linear address of the same memory.
  if (!on_one && stop_.reason != Reason::kBreakpoint) return true;
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
    target_.set_exit_filter(
        [this, extra](unsigned cpu, const ExitRecord& record, const DevicePlace& place) {
          const bool wanted = extra && extra(cpu, record, place);
          return hit(cpu, record, place) || wanted;
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
  run([this, condition = std::move(condition)](
          unsigned cpu, const ExitRecord& record,
          const DevicePlace&) { return holds(*condition, cpu, record); },
      [this] { return target_.resume(); });
}

void Debugger::finish(std::uint64_t exits) {
  run([left = std::make_shared<std::uint64_t>(exits)](unsigned, const ExitRecord&,
                                                      const DevicePlace&) { return --*left == 0; },
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

void Debugger::look(const DebugStop& stop, unsigned cpu) {
  stop_ = stop;
  cpu_ = cpu;
  state_ = State::kStanding;
}

void Debugger::watch_exits() {
  target_.set_exit_filter([this](unsigned cpu, const ExitRecord& record, const DevicePlace& place) {
    return hit(cpu, record, place);
  });
}

void Debugger::wait() {
  front_.before_running();
  take_stop(target_.wait_for_stop());
  report();
}

// --- Commands --------------------------------------------------------------------------------

void Debugger::report() {
  if (state_ == State::kEnded) return print("the machine has stopped\n");
  const auto found = std::ranges::find(breakpoints_, hit_number_, &Breakpoint::number);
  if (found != breakpoints_.end()) pending_.assign(found->actions.begin(), found->actions.end());
  if (!pending_.empty() && pending_.front() == "silent") return pending_.pop_front();
  print(stop_report(*this, hit_number_));
}

void Debugger::print_once(const std::string& text) {
  if (told_.insert(text).second) print(text);
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

}  // namespace minivmm::debug
