#include "machine/irq_wires.h"

#include "machine/layout.h"

namespace minivmm {

IrqWires::IrqWires(const kvm::Vm& vm) {
  pci::PirqRouter::IoApicLines ioapic_lines{};
  for (unsigned pirq = 0; pirq < pci::PirqRouter::kPirqs; ++pirq) {
    ioapic_.push_back(std::make_unique<kvm::Wire>(vm, Gsi{layout::kPirqAGsi.value + pirq}));
    ioapic_lines[pirq] = ioapic_.back().get();
  }
  pci::PirqRouter::IsaLines isa_lines{};
  for (unsigned irq = 0; irq < kIsaIrqs; ++irq) {
    IsaInput& input = isa_.emplace_back(vm, irq);
    pirqs_on_isa_.push_back(input.fan_in.connect());
    isa_lines[irq] = pirqs_on_isa_.back().get();
  }
  pirqs_.emplace(ioapic_lines, isa_lines);
}

}  // namespace minivmm
