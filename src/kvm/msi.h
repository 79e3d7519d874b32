#pragma once
// MSI vectors by irqfd: an eventfd that KVM turns into an interrupt without an exit.

#include <memory>

#include "kvm/gsi_routes.h"
#include "kvm/vm.h"
#include "minivmm/irq_line.h"

namespace minivmm::kvm {

/// Makes vectors of one eventfd and one GSI each. Making one costs no call to KVM: the first
/// set_message() does, so that vectors that a guest never uses don't slow a start.
///
/// signal() before the first set_message() does nothing; so it does while the message is no
/// interrupt (is_interrupt_message).
/// Ownership: refers to the Vm and the routes; vectors do too, and must go before them.
/// Threads: any.
/// Errors: allocate() throws HostError; a vector's set_message() never throws: it is called for a
/// guest's register write, so a refusal is logged and the vector stays silent.
class IrqFdVectors final : public MsiVectorSource {
 public:
  IrqFdVectors(const Vm& vm, GsiRoutes& routes) : vm_(vm), routes_(routes) {}
  std::unique_ptr<MsiVector> allocate() override;

 private:
  const Vm& vm_;
  GsiRoutes& routes_;
};

}  // namespace minivmm::kvm
