#pragma once
// The debugger behind every front: commands in, lines out.

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "debug/breakpoints.h"
#include "debug/disassembly.h"
#include "debug/page_walk.h"
#include "debug/symbols.h"
#include "minivmm/debug_target.h"

namespace minivmm::debug {

/// What was wrong with a command, in one line; the guest stays where it is.
class CommandError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Threads: one, the DebugTarget's debugger thread.
class Debugger {
 public:
  struct Front {
    std::function<void(std::string_view text)> print;
    std::function<void()> before_running;
  };
  Debugger(DebugTarget& target, Symbols symbols, Front front)
      : target_(target), symbols_(std::move(symbols)), front_(std::move(front)) {}

  enum class State {
    kRunning,   ///< Until wait().
    kStanding,  ///< Commands may be given.
    kEnded,     ///< The machine has stopped for good.
    kLeft,      ///< The user quit or detached; the target is gone.
  };
  [[nodiscard]] State state() const { return state_; }

  /// Waits until the machine stands, and tells why; also after DebugTarget::gone_fd().
  void wait();
  /// The machine stands, as somebody else has found out.
  void look(const DebugStop& stop, unsigned cpu);
  /// Exits that breakpoints name stop the machine from now on, whoever lets it run.
  void watch_exits();
  /// One command and what its breakpoints make of it. Never throws for what the user wrote.
  void execute(const std::string& line);

  // --- For commands ---

  [[nodiscard]] DebugTarget& target() { return target_; }
  [[nodiscard]] const Symbols& symbols() const { return symbols_; }
  [[nodiscard]] unsigned cpu() const { return cpu_; }
  void choose_cpu(unsigned cpu) { cpu_ = cpu; }
  [[nodiscard]] const DebugStop& stop() const { return stop_; }
  void print(std::string_view text) const { front_.print(text); }
  /// What is worth to be said the first time.
  void print_once(const std::string& text);

  [[nodiscard]] CpuRegisters registers() const { return target_.registers(cpu_); }
  [[nodiscard]] CpuSpecialRegisters special_registers() const {
    return target_.special_registers(cpu_);
  }
  /// The value of what the user wrote; throws CommandError, with near names.
  [[nodiscard]] std::uint64_t value(std::string_view expression) const;
  [[nodiscard]] std::string place(std::uint64_t address) const;
  /// "0x100123 serial_init+0x15: out dx, al".
  [[nodiscard]] std::string code_line(std::uint64_t linear) const;
  /// As many bytes as can be read.
  [[nodiscard]] std::vector<std::byte> read_linear(std::uint64_t linear, std::size_t size) const;

  [[nodiscard]] std::vector<Breakpoint>& breakpoints() { return breakpoints_; }
  Breakpoint& add(Breakpoint breakpoint);

  void resume();
  void step_exits(std::uint64_t count);
  void step_instructions(std::uint64_t count);
  void until(std::shared_ptr<const Expression> condition);
  void finish(std::uint64_t exits);
  void quit();
  void detach();

 private:
  using Filter = DebugTarget::ExitFilter;
  void run(const Filter& extra, const std::function<DebugStop()>& go);
  void take_stop(DebugStop stop);
  [[nodiscard]] bool wanted_stop();
  /// false: another reason to stop came first.
  [[nodiscard]] bool leave_breakpoint();
  void arm();
  [[nodiscard]] std::optional<GuestAddress> plant(Breakpoint& breakpoint);
  [[nodiscard]] std::vector<std::uint32_t> watched_msrs() const;
  void disarm();
  [[nodiscard]] bool hit(unsigned cpu, const ExitRecord& record, const DevicePlace& place);
  [[nodiscard]] bool holds(const Expression& condition, unsigned cpu,
                           const ExitRecord& record) const;
  [[nodiscard]] Breakpoint* instruction_breakpoint();
  [[nodiscard]] bool counts(Breakpoint& breakpoint, unsigned cpu, const ExitRecord& record);
  void report();
  void execute_one(const std::string& line);

  DebugTarget& target_;
  const Symbols symbols_;
  const Front front_;
  State state_ = State::kRunning;
  DebugStop stop_{};
  unsigned cpu_ = 0;
  std::vector<Breakpoint> breakpoints_;
  unsigned next_number_ = 1;
  unsigned hit_number_ = 0;          // Of the breakpoint that stopped the machine; 0: none.
  std::deque<std::string> pending_;  // Commands of breakpoints' actions.
  std::set<std::string> told_;
};

}  // namespace minivmm::debug
