#pragma once
// One virtual machine in KVM: its memory slots and its interrupt controllers.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "host/unique_fd.h"
#include "kvm/kvm.h"
#include "minivmm/guest_address.h"

namespace minivmm::kvm {

enum class MemoryAccess {
  kReadWrite,
  kReadOnly,  ///< ROM: a guest's write exits as MmioWrite.
};
enum class DirtyLogging { kOff, kOn };

/// A VM's file descriptor.
///
/// The order of set-up decides how long a start takes, because whatever stands on one of KVM's I/O
/// buses makes the next change of memory slots wait for an RCU grace period (4 to 17 ms):
///   set_tss_address, set_identity_map_address (they are memory slots too, where a CPU needs them),
///   add_memory for all slots, create_irqchip_and_pit, GsiRoutes, the vCPUs, IoEventDoorbells.
///
/// Ownership: refers to the Kvm, which must outlive it; the memory's mappings belong to the caller
/// and must outlive the Vm. Everything else of kvm/ refers to the Vm and must go before it.
/// Threads: set-up from one thread; dirty_log, try_add_memory and remove_memory from any.
/// Errors: HostError.
class Vm {
 public:
  explicit Vm(const Kvm& kvm);

  /// Where KVM keeps 3 pages for itself on Intel CPUs that can't run real mode directly
  /// (KVM_SET_TSS_ADDR); costs nothing on any other. Below 4 GiB, outside all memory.
  void set_tss_address(GuestAddress address);
  /// The same for the one page of KVM_SET_IDENTITY_MAP_ADDR. Before the first vCPU.
  void set_identity_map_address(GuestAddress address);

  /// Maps host at start. Both must be page-aligned; a slot's number is free to choose, once.
  void add_memory(unsigned slot, GuestAddress start, std::span<std::byte> host, MemoryAccess access,
                  DirtyLogging dirty_logging = DirtyLogging::kOff);

  /// As add_memory with the dirty log on, at a place that a guest chose; false, and nothing is
  /// changed, when KVM has another slot there or can't have one.
  [[nodiscard]] bool try_add_memory(unsigned slot, GuestAddress start, std::span<std::byte> host);
  /// Ends a slot that was added at start.
  void remove_memory(unsigned slot, GuestAddress start);
  /// The same for memory that neither the guest nor anybody else writes: a guest's write exits as
  /// MmioWrite.
  void add_rom(unsigned slot, GuestAddress start, std::span<const std::byte> host);

  /// The pages written since the last call, one bit a page, lowest page in the lowest bit of
  /// bitmap[0]; bitmap must have a bit for every page of the slot, rounded up to 64.
  void dirty_log(unsigned slot, std::span<std::uint64_t> bitmap) const;
  /// From now on dirty_log() leaves pages in the log, until reset_dirty() (of any slot). false: KVM
  /// can't.
  [[nodiscard]] bool keep_dirty_log();
  /// Takes the pages of bitmap out of the log, and watches them again. size: the slot's, in bytes.
  void reset_dirty(unsigned slot, std::span<std::uint64_t> bitmap, std::uint64_t size) const;

  /// MSRs whose accesses come out of the guest.
  struct MsrExits {
    std::vector<std::uint32_t> named{};  ///< At most kMostMsrExits; not x2APIC's, 0x800 to 0x8ff.
    bool unknown = false;                ///< Those too that KVM has not; else it makes #GP itself.
  };
  static constexpr std::size_t kMostMsrExits = 16;
  /// While no vCPU runs. false: KVM can't, or not so many.
  [[nodiscard]] bool set_msr_exits(const MsrExits& wanted);

  /// Makes KVM's two PICs, its IOAPIC, a local APIC in every vCPU made from now on, and the PIT,
  /// which answers port 0x61 too. Before the first vCPU.
  void create_irqchip_and_pit();

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] const Kvm& kvm() const { return kvm_; }

 private:
  const Kvm& kvm_;
  UniqueFd fd_;
};

}  // namespace minivmm::kvm
