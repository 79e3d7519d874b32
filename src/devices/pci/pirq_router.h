#pragma once
// How PCI's interrupt pins reach the interrupt controllers: PIRQA to PIRQH of an ICH9.

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>

#include "minivmm/irq_line.h"

namespace minivmm::pci {

/// Pin p (0 for INTA#) of device slot s is wired to PIRQ (s + p) mod 8; the ACPI tables (_PRT) say
/// the same. All functions on one PIRQ are wire-ORed. A PIRQ drives its IOAPIC input (GSI 16 + its
/// index; ICH9 datasheet 5.9.2) and, while PIRQx_ROUT says so, one ISA interrupt for guests that
/// use the 8259s (ICH9 datasheet 5.8.6, 13.1.20).
///
/// Ownership: refers to the lines; they outlive it, and it outlives the wires that connect() gave.
/// Threads: connect() before the vCPUs run; everything else from any thread. Takes its own lock,
/// which is below every device's.
class PirqRouter {
 public:
  static constexpr unsigned kPirqs = 8;
  static constexpr unsigned kIsaIrqs = 16;
  static constexpr std::uint8_t kNotRouted = 0x80;  // PIRQx_ROUT at power-on.

  /// Null: not connected. An ISA line that something else drives as well must be an IrqFanIn's.
  using IoApicLines = std::array<IrqLine*, kPirqs>;
  using IsaLines = std::array<IrqLine*, kIsaIrqs>;

  PirqRouter(const IoApicLines& ioapic, const IsaLines& isa);
  PirqRouter(const PirqRouter&) = delete;
  PirqRouter& operator=(const PirqRouter&) = delete;

  [[nodiscard]] static constexpr unsigned pirq_of(unsigned slot, unsigned pin) {
    return (slot + pin) % kPirqs;
  }

  /// A wire from one function's pin; each function takes one of its own. Destroying it releases it.
  [[nodiscard]] std::unique_ptr<IrqLine> connect(unsigned slot, unsigned pin);

  /// PIRQx_ROUT: bit 7 set: not routed; else bits 3:0 are the ISA interrupt (0, 1, 2, 8 and 13 are
  /// reserved: not routed either).
  void route(unsigned pirq, std::uint8_t pirq_rout);

 private:
  class Wire;

  void change(unsigned pirq, int by);
  void drive(unsigned pirq);
  void drive_isa(unsigned irq);

  // Wiring.
  const IoApicLines ioapic_;
  const IsaLines isa_;

  // State, guarded by lock_.
  std::mutex lock_;
  struct Pirq {
    int asserted = 0;  // How many wires ask.
    std::uint8_t rout = kNotRouted;
  };
  std::array<Pirq, kPirqs> pirqs_{};
};

}  // namespace minivmm::pci
