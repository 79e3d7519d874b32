#pragma once
// Wires to KVM's interrupt controllers, and several devices on one wire.

#include <memory>
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

/// A wire that several devices share (wired-OR, as PCI's INTx lines): it is asserted while at least
/// one tap is.
///
/// Ownership: refers to the wire; taps refer to the SharedWire and must go first.
/// Threads: each tap's set() from any thread.
class SharedWire {
 public:
  explicit SharedWire(IrqLine& wire) : wire_(wire) {}
  SharedWire(const SharedWire&) = delete;
  SharedWire& operator=(const SharedWire&) = delete;

  /// One more device's connection, not asserted; destroying it releases the wire.
  [[nodiscard]] std::unique_ptr<IrqLine> tap();

 private:
  class Tap;
  void change(bool& tap, bool asserted);

  // Wiring.
  IrqLine& wire_;

  // State.
  std::mutex mutex_;
  unsigned asserting_ = 0;
};

}  // namespace minivmm::kvm
