#pragma once
// Memory of a device that the guest reaches without exits, at an address that changes: a video
// BAR, the window at 0xa0000.

#include <cstdint>
#include <functional>
#include <span>

#include "minivmm/guest_address.h"

namespace minivmm {

/// One view of a device's memory in the guest's address space (in the machine: a KVM memory slot
/// with its dirty log).
///
/// Ownership: refers to the memory, which whoever made the window owns and tells the device of.
/// Threads: every function with the device's lock held, from any thread.
/// Errors: HostError when the host refuses, never because of what a guest did: an address over RAM
/// or over another window leaves the window unmapped.
class MemoryWindow {
 public:
  virtual ~MemoryWindow() = default;

  /// From now on the guest sees bytes [offset, offset + size) of the memory at address; what it saw
  /// there before, or elsewhere, ends. All are multiples of 4 KiB. Mapping what is mapped is free;
  /// anything else may take milliseconds: it is for a change of mode, not for a frame.
  virtual void map(GuestAddress address, std::uint64_t offset, std::uint64_t size) = 0;
  virtual void unmap() = 0;

  /// Sets the bit of each page that the guest wrote through this window since the last call (page 0
  /// of the memory is the lowest bit of pages[0]) and leaves the other bits as they are. pages has
  /// a bit for every page of the memory. Pages written before an unmap() or a move are still told;
  /// one that was written again and again may be told a few times more.
  virtual void take_dirty(std::span<std::uint64_t> pages) = 0;

  /// Calls changed once, when the guest next writes through this window, from the thread of the
  /// vCPU that writes, with no lock held; the write then goes on as any other. Where there is
  /// something to take already, changed is called at once, with the device's lock held. Replaces an
  /// earlier call's. An empty function calls it off.
  virtual void when_written(std::function<void()> changed) = 0;
};

}  // namespace minivmm
