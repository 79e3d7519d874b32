#pragma once
// The registers that KVM leaves in the page it shares with us, where it is asked to
// (KVM_CAP_SYNC_REGS, Linux Documentation/virt/kvm/api.rst, 6.74); for this room's own sources
// only.

#include <cstdint>
#include <optional>

#include "kvm/kernel_interface.h"

namespace minivmm::kvm {

/// Asks for all of them at the first exits and at each 32nd after those, so that something is known
/// of a guest whose crash resets its vCPU, and an exit costs the same; and at every exit for those
/// that somebody who looks on wants.
///
/// Threads: the vCPU's own, or any while it doesn't run.
class RegisterMirror {
 public:
  RegisterMirror(kvm_run& run, bool possible) : run_(run), possible_(possible) {}

  static constexpr std::uint64_t kGeneral = KVM_SYNC_X86_REGS;
  static constexpr std::uint64_t kAll = KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS;

  /// 0, kGeneral or kAll.
  void at_every_exit(std::uint64_t fields) { always_ = fields; }

  /// Around each KVM_RUN.
  void before_run() {
    constexpr std::uint64_t kAllOfTheFirst = 256;
    constexpr std::uint64_t kEach = 32;
    const std::uint64_t run = runs_++;
    const bool all = run < kAllOfTheFirst || run % kEach == 0;
    const std::uint64_t asked = all ? kAll : always_;
    if (possible_ && asked != run_.kvm_valid_regs) run_.kvm_valid_regs = asked;
  }
  void after_run() {
    fresh_ = run_.kvm_valid_regs;
    if (fresh_ == kAll) keep();
  }
  /// KVM's registers are no longer those of the page.
  void invalidate() { fresh_ = 0; }

  // Null: they must be asked for.
  [[nodiscard]] const kvm_regs* general() const {
    return (fresh_ & KVM_SYNC_X86_REGS) != 0 ? &run_.s.regs.regs : nullptr;
  }
  [[nodiscard]] const kvm_sregs* special() const {
    return (fresh_ & KVM_SYNC_X86_SREGS) != 0 ? &run_.s.regs.sregs : nullptr;
  }

  struct Earlier {
    kvm_sync_regs registers;
    std::uint64_t runs_since = 0;  ///< 1: at the exit before the last one.
  };
  /// What an exit before the last one showed.
  [[nodiscard]] std::optional<Earlier> earlier() const;

 private:
  void keep();

  kvm_run& run_;
  const bool possible_;
  std::uint64_t always_ = 0;
  std::uint64_t fresh_ = 0;  // What of the page is KVM's.
  std::uint64_t runs_ = 0;
  std::uint64_t kept_at_ = 0;  // The value of runs_ behind the exit; 0: none.
  kvm_sync_regs kept_{};
};

}  // namespace minivmm::kvm
