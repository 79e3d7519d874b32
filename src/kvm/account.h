#pragma once
// Exits that end a guest, in KVM's words for people.

#include <string>

#include "kvm/vcpu_exit.h"

namespace minivmm::kvm {

/// What happened, in plain words: one or two sentences, then KVM's data, if any, on lines of their
/// own; the last line is not ended. For FailEntry, InternalError, Shutdown and Unknown; any other
/// is told by its name.
[[nodiscard]] std::string headline(const VcpuExit& exit);

}  // namespace minivmm::kvm
