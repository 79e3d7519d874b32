#pragma once
// Between this room's registers and the kernel's structures; for this room's own sources only.

#include "kvm/kernel_interface.h"
#include "kvm/registers.h"

namespace minivmm::kvm {

[[nodiscard]] kvm_regs to_kernel(const Registers& registers);
[[nodiscard]] Registers from_kernel(const kvm_regs& registers);

/// Overwrites everything in kernel except its interrupt bitmap, and its apic_base if ours is 0.
void to_kernel(const SpecialRegisters& special, kvm_sregs& kernel);
[[nodiscard]] SpecialRegisters from_kernel(const kvm_sregs& kernel);

}  // namespace minivmm::kvm
