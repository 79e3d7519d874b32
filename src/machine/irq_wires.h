#pragma once
// The wires from devices to KVM's interrupt controllers: who shares which, in one place.

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "devices/irq_fan_in.h"
#include "devices/pci/pirq_router.h"
#include "kvm/vm.h"
#include "kvm/wire.h"

namespace minivmm {

/// ISA interrupts 0 to 15 reach PIC and IOAPIC, PIRQA to PIRQH the IOAPIC's inputs 16 to 23 and, as
/// the ISA bridge routes them, ISA interrupts. Every input can be shared.
///
/// Ownership: refers to the Vm; must outlive the lines that it gave.
/// Threads: taking lines before the vCPUs run; the lines from any thread.
class IrqWires {
 public:
  /// After the VM's irqchip has been created.
  explicit IrqWires(const kvm::Vm& vm);

  [[nodiscard]] std::unique_ptr<IrqLine> isa(Gsi irq) {
    return isa_.at(irq.value).fan_in.connect();
  }
  [[nodiscard]] pci::PirqRouter& pirqs() { return *pirqs_; }

 private:
  struct IsaInput {
    IsaInput(const kvm::Vm& vm, unsigned irq) : wire(vm, Gsi{irq}), fan_in(wire) {}
    kvm::Wire wire;
    IrqFanIn fan_in;
  };
  static constexpr unsigned kIsaIrqs = pci::PirqRouter::kIsaIrqs;

  std::vector<std::unique_ptr<kvm::Wire>> ioapic_;  // PIRQA..PIRQH.
  std::deque<IsaInput> isa_;
  std::vector<std::unique_ptr<IrqLine>> pirqs_on_isa_;
  std::optional<pci::PirqRouter> pirqs_;
};

}  // namespace minivmm
