#pragma once
// Which of a debugger's stops this host honours.

#include "kvm/kvm.h"
#include "minivmm/debug_target.h"

namespace minivmm::kvm {

/// Tries each in a machine of its own that lives for a few instructions; some milliseconds.
/// Threads: any. Errors: HostError.
[[nodiscard]] StopSupport try_stops(const Kvm& kvm);

}  // namespace minivmm::kvm
