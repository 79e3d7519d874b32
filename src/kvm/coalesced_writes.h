#pragma once
// A device's posted writes, in KVM's ring (Linux Documentation/virt/kvm/api.rst, 4.116,
// KVM_(UN)REGISTER_COALESCED_MMIO).

#include <cstdint>
#include <vector>

#include "host/mapping.h"
#include "kvm/vcpu.h"
#include "kvm/vm.h"
#include "minivmm/guest_address.h"
#include "minivmm/posted_writes.h"

namespace minivmm::kvm {

/// The ring is the VM's: there is one such object for a VM, and so one device that posts.
///
/// Ownership: refers to the Vm, which outlives it.
/// Errors: the constructor throws HostError. Where KVM has no such ring, or has it for memory
/// alone, the writes exit instead.
class CoalescedWrites final : public PostedWrites {
 public:
  /// Every write that lies wholly in one of these is posted. vcpu: any of the VM's.
  struct Ranges {
    std::vector<GuestRange> memory;
    std::vector<GuestRange> ports;
  };
  CoalescedWrites(const Vm& vm, const Vcpu& vcpu, const Ranges& ranges);

  void begin() override;
  void end() override;
  void take(const std::function<void(const PostedWrite&)>& answer) override;

 private:
  struct Zone {
    GuestRange range;
    PostedWrite::Space space;
  };
  [[nodiscard]] bool change_zone(unsigned long request, const Zone& zone) const;

  // Configuration.
  const int vm_fd_;
  std::vector<Zone> zones_;

  // State.
  Mapping ring_;  // Empty: KVM has none.
  bool posting_ = false;
};

}  // namespace minivmm::kvm
