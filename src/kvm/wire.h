#pragma once
// Wires to KVM's interrupt controllers; devices/irq_fan_in.h puts several devices on one.

#include <mutex>

#include "kvm/vm.h"
#include "minivmm/guest_address.h"
#include "minivmm/irq_line.h"

namespace minivmm::kvm {

/// An input of KVM's PIC and IOAPIC by its GSI (KVM_IRQ_LINE). The level is held until changed, so
/// that level-triggered inputs interrupt again after an EOI for as long as the wire is asserted.
///
/// Threads: any. Errors: none once the VM has an irqchip; a refusal is logged.
class Wire final : public IrqLine {
 public:
  Wire(const Vm& vm, Gsi gsi);
  void set(bool asserted) override;

 private:
  // Configuration.
  const int vm_fd_;
  const Gsi gsi_;

  // State.
  std::mutex mutex_;
  bool asserted_ = false;
};

}  // namespace minivmm::kvm
