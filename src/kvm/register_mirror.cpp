#include "kvm/register_mirror.h"

#include <cstring>

namespace minivmm::kvm {

// A triple fault's are those that KVM's reset has left.
void RegisterMirror::keep() {
  if (run_.exit_reason == KVM_EXIT_SHUTDOWN) return;
  std::memcpy(&kept_.regs, &run_.s.regs.regs, sizeof kept_.regs);
  std::memcpy(&kept_.sregs, &run_.s.regs.sregs, sizeof kept_.sregs);
  kept_at_ = runs_;
}

std::optional<RegisterMirror::Earlier> RegisterMirror::earlier() const {
  if (kept_at_ == 0) return std::nullopt;
  return Earlier{.registers = kept_, .runs_since = runs_ - kept_at_};
}

}  // namespace minivmm::kvm
