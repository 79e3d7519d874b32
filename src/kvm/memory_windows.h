#pragma once
// Device memory in KVM's memory slots: the guest reaches it without exits, and its first write can
// be waited for (docs/decisions/0014).

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "kvm/vcpu.h"
#include "kvm/vcpu_exit.h"
#include "kvm/vm.h"
#include "minivmm/guest_address.h"
#include "minivmm/memory_window.h"

namespace minivmm::kvm {

/// All windows of a VM.
///
/// A window that waits for a write has its memory write-protected in the host (mprotect). What the
/// guest then does depends on who carries out the write:
/// - the processor: KVM can't get a writable page, and KVM_RUN fails with EFAULT;
/// - KVM's emulator: the write comes as MmioWrite, as if there were no memory;
/// - KVM's emulator, and an instruction with LOCK: the emulation fails.
/// resolve() makes the memory writable again, and the instruction, or its MMIO write, goes on.
///
/// Ownership: owns the windows; refers to the Vm and to their memory. What is mapped at the end is
/// left to the end of the Vm, which the memory must outlive.
/// Threads: add() before the vCPUs run; resolve() from any vCPU's.
class MemoryWindows {
 public:
  /// reserved: where no window may be though KVM has no slot there that would be in its way, as
  /// local APICs, IOAPIC and KVM's own pages.
  MemoryWindows(Vm& vm, std::vector<GuestRange> reserved);
  MemoryWindows(const MemoryWindows&) = delete;
  MemoryWindows& operator=(const MemoryWindows&) = delete;
  ~MemoryWindows();

  /// A new window, by a slot that nobody else uses. memory is a mapping for this window alone, of
  /// shared memory that the device has mapped elsewhere.
  MemoryWindow& add(unsigned slot, std::span<std::byte> memory);

  /// To be told of every exit before it is answered. true: an exit that would be fatal was only the
  /// sign of a write to a window; run the vCPU again.
  [[nodiscard]] bool resolve(const VcpuExit& exit, Vcpu& vcpu);

 private:
  class Window;

  [[nodiscard]] bool is_reserved(const GuestRange& range) const;
  void write_by_emulator(GuestAddress address);
  [[nodiscard]] bool write_denied(unsigned vcpu);

  // Wiring.
  Vm& vm_;
  const std::vector<GuestRange> reserved_;
  const bool can_keep_log_;
  std::vector<std::unique_ptr<Window>> windows_;

  // State. lock_ guards it and that of the windows; it is below every device's lock, and not held
  // during a call of when_written()'s function.
  std::mutex lock_;
  std::atomic<unsigned> watched_{0};        // How many windows wait for a write.
  std::uint64_t writes_let_through_ = 0;    // How often a window was made writable.
  std::vector<std::uint64_t> seen_by_cpu_;  // writes_let_through_, when a vCPU last ran into one.
};

}  // namespace minivmm::kvm
