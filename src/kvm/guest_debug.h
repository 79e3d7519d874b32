#pragma once
// What a debugger asks KVM of a stopped vCPU, in types of our own (Linux
// Documentation/virt/kvm/api.rst, KVM_SET_GUEST_DEBUG and the KVM_GET_* calls).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kvm/vcpu.h"
#include "kvm/vm.h"
#include "minivmm/debug_target.h"

namespace minivmm::kvm {

/// What comes out of the guest as a Debug exit instead of reaching it.
struct GuestDebug {
  bool single_step = false;           ///< With interrupts held off, where KVM can.
  bool software_stops = false;        ///< INT3.
  std::vector<HardwareStop> stops{};  ///< At most 4, well formed (valid()).
  [[nodiscard]] bool any() const { return single_step || software_stops || !stops.empty(); }
  friend bool operator==(const GuestDebug&, const GuestDebug&) = default;
};

inline constexpr std::size_t kHardwareStops = 4;  // DR0 to DR3.

/// Whether the processor has such breakpoints: number, lengths, alignment (Intel SDM 3B, 17.2.5).
[[nodiscard]] bool valid(const std::vector<HardwareStop>& stops);

/// DR7 with the stops enabled in order, in DR0 to DR3 (Intel SDM 3B, 17.2.4).
[[nodiscard]] std::uint64_t debug_control(const std::vector<HardwareStop>& stops);

// Threads: the vCPU's own, or any while it doesn't run. Errors: HostError.

void set_guest_debug(const Vm& vm, const Vcpu& vcpu, const GuestDebug& wanted);
/// "running", "halted", "waiting for INIT", "waiting for SIPI".
[[nodiscard]] std::string activity(const Vcpu& vcpu);
/// What the next entry injects: an exception first, else an interrupt.
[[nodiscard]] std::optional<std::uint8_t> pending_vector(const Vcpu& vcpu);
[[nodiscard]] LocalApicPage local_apic(const Vcpu& vcpu);
[[nodiscard]] InterruptControllers interrupt_controllers(const Vm& vm);

}  // namespace minivmm::kvm
