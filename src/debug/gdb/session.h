#pragma once
// What a gdb asks, and what it is answered (Debugging with GDB, appendix E): over any connection.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "debug/gdb/registers.h"
#include "debug/gdb/stops.h"
#include "minivmm/debug_target.h"

namespace minivmm::debug::gdb {

/// vCPU n is thread n + 1. Nothing that a client sends leads out of the guest.
///
/// Threads: the debugger's. Errors: HostError when KVM fails.
class Session {
 public:
  /// Carries out a running function of the target, and sees to it that a client's Ctrl-C, or its
  /// going, interrupts it.
  using Run = std::function<DebugStop(const std::function<DebugStop()>&)>;
  /// A command of the debugger's prompt to its output; for the stop that the client was told of,
  /// and the vCPU that it has chosen.
  using Monitor = std::function<std::string(const std::string&, const DebugStop&, unsigned cpu)>;

  Session(DebugTarget& target, Run run, Monitor monitor);

  enum class End { kNone, kDetached, kKilled };
  struct Answer {
    std::string data{};  ///< To be framed; empty: "not known", as the protocol has it.
    End end = End::kNone;
  };
  [[nodiscard]] Answer answer(std::string_view packet);

  /// The machine stands for this reason; before the first packet, and when it went on by itself.
  void set_stop(const DebugStop& stop);
  [[nodiscard]] const DebugStop& stop() const { return stop_; }
  /// A new client, or none: nothing of the last one's is left.
  void forget_client();

 private:
  [[nodiscard]] std::string query(std::string_view packet);
  [[nodiscard]] std::string transfer(std::string_view packet) const;
  [[nodiscard]] std::string stop_reply() const;
  [[nodiscard]] std::string select_thread(std::string_view packet);
  [[nodiscard]] std::string read_registers() const;
  [[nodiscard]] std::string read_register(std::string_view packet) const;
  [[nodiscard]] std::string write_registers(std::string_view packet);
  [[nodiscard]] std::string write_register(std::string_view packet);
  [[nodiscard]] std::string read_memory(std::string_view packet) const;
  [[nodiscard]] std::string write_memory(std::string_view packet);
  [[nodiscard]] std::string resume(std::string_view packet);
  [[nodiscard]] std::string go(std::optional<unsigned> stepped);
  [[nodiscard]] std::optional<unsigned> cpu_of(std::string_view thread) const;
  [[nodiscard]] RegisterSet registers() const;
  [[nodiscard]] bool set(const RegisterSet& set, bool special);

  DebugTarget& target_;
  const Run run_;
  const Monitor monitor_;
  Stops stops_;
  DebugStop stop_{};
  unsigned cpu_ = 0;                       // Of registers and memory: Hg.
  bool client_names_breakpoints_ = false;  // It knows what kind of breakpoint stopped the guest.
};

}  // namespace minivmm::debug::gdb
