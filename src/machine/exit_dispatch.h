#pragma once
// The one function that every VM exit goes through (docs/design.md, "An exit").

#include <optional>

#include "bus/bus.h"
#include "debug/exit_history.h"
#include "kvm/vcpu_exit.h"

namespace minivmm {

/// Answers exits by the two buses and keeps the last of them.
///
/// Threads: one for each vCPU, on its thread; the buses are shared.
class ExitDispatch {
 public:
  ExitDispatch(Bus& ports, Bus& mmio) : ports_(ports), mmio_(mmio) {}

  enum class Outcome {
    kContinue,     ///< Answered.
    kInterrupted,  ///< The vCPU was kicked, or woke for nothing.
    kFatal,        ///< The guest can't go on: Shutdown, FailEntry, InternalError, Unknown; or a
                   ///< Debug that no debugger asked for.
  };
  Outcome handle(const kvm::VcpuExit& exit);

  [[nodiscard]] const debug::ExitHistory& history() const { return history_; }

 private:
  Outcome answer(const kvm::PioIn& exit);
  Outcome answer(const kvm::PioOut& exit);
  Outcome answer(const kvm::MmioRead& exit);
  Outcome answer(const kvm::MmioWrite& exit);
  Outcome answer(const kvm::Halt& exit);
  Outcome answer(const kvm::Interrupted& exit);
  Outcome answer(const kvm::Debug& exit);
  Outcome answer(const kvm::MsrRead& exit);
  Outcome answer(const kvm::MsrWrite& exit);
  Outcome answer(const kvm::Shutdown& exit);
  // Everything else ends the guest.
  template <typename Other>
  Outcome answer(const Other& /*exit*/) {
    history_.record({.kind = ExitKind::kOther});
    return Outcome::kFatal;
  }

  Bus& ports_;
  Bus& mmio_;
  debug::ExitHistory history_;
};

}  // namespace minivmm
