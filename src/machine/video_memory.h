#pragma once
// Video memory, as the adapter and the guest's two windows see it.

#include <cstdint>
#include <memory>

#include "host/mapping.h"
#include "kvm/memory_windows.h"
#include "memory/device_memory.h"
#include "minivmm/memory_window.h"
#include "minivmm/posted_writes.h"

namespace minivmm {

/// One memory, three mappings: the windows' are write-protected while somebody waits for a write
/// (kvm/memory_windows.h), the adapter's never is. Must outlive the Vm.
///
/// Errors: the constructor throws HostError.
struct VideoMemory {
  /// vram in bytes, as --vram has it; what the adapter needs beside it is added.
  explicit VideoMemory(std::uint64_t vram);

  DeviceMemory memory;
  Mapping framebuffer;  ///< Behind BAR 0.
  Mapping legacy;       ///< Behind 0xa0000.
};

/// The guest's windows onto it, for the adapter.
struct VideoWindows {
  VideoWindows(kvm::MemoryWindows& windows, const VideoMemory& memory);

  MemoryWindow& framebuffer;
  MemoryWindow& legacy;
};

/// The queue of what the guest writes to the adapter without waiting for an answer. vcpu: any of
/// vm's. To see each write as it is made, leave it out. Errors: HostError.
[[nodiscard]] std::unique_ptr<PostedWrites> post_video_writes(const kvm::Vm& vm,
                                                              const kvm::Vcpu& vcpu);

}  // namespace minivmm
