#pragma once
// From the page that a vCPU shares with KVM to a VcpuExit; for this room's own sources only.

#include "kvm/kernel_interface.h"
#include "kvm/vcpu_exit.h"

namespace minivmm::kvm {

/// The exit that KVM_RUN has just left in the page; its spans point into it.
[[nodiscard]] VcpuExit decode_exit(kvm_run& run);

}  // namespace minivmm::kvm
