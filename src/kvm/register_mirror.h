#pragma once
// The registers that KVM leaves in the page it shares with us, where it is asked to
// (KVM_CAP_SYNC_REGS, Linux Documentation/virt/kvm/api.rst, 6.74); for this room's own sources
// only.

#include <cstdint>
#include <optional>

#include "kvm/kernel_interface.h"

namespace minivmm::kvm {

/// Asks for them at every exit while a debugger looks on; else at the first exits and at each 32nd
/// after those, so that something is known of a guest whose crash resets its vCPU, and an exit
/// costs the same.
///
/// Threads: the vCPU's own, or any while it doesn't run.
class RegisterMirror {
 public:
  RegisterMirror(kvm_run& run, bool possible) : run_(run), possible_(possible) {}

  void at_every_exit(bool on) { always_ = on; }

  /// Around each KVM_RUN.
  void before_run() {
    constexpr std::uint64_t kAllOfTheFirst = 256;
    constexpr std::uint64_t kEach = 32;
    const std::uint64_t run = runs_++;
    asked_ = possible_ && (always_ || run < kAllOfTheFirst || run % kEach == 0);
    if (asked_ != asked_before_) ask();
  }
  void after_run() {
    fresh_ = asked_;
    if (asked_) keep();
  }
  /// KVM's registers are no longer those of the page.
  void invalidate() { fresh_ = false; }

  /// Null: they must be asked for.
  [[nodiscard]] const kvm_sync_regs* now() const { return fresh_ ? &run_.s.regs : nullptr; }

  struct Earlier {
    kvm_sync_regs registers;
    std::uint64_t runs_since = 0;  ///< 1: at the exit before the last one.
  };
  /// What an exit before the last one showed.
  [[nodiscard]] std::optional<Earlier> earlier() const;

 private:
  void ask();
  void keep();

  kvm_run& run_;
  const bool possible_;
  bool always_ = false;
  bool asked_ = false;
  bool asked_before_ = false;
  bool fresh_ = false;
  std::uint64_t runs_ = 0;
  std::uint64_t kept_at_ = 0;  // The value of runs_ behind the exit; 0: none.
  kvm_sync_regs kept_{};
};

}  // namespace minivmm::kvm
