#pragma once
// KVM's table of where each GSI goes, of which KVM_SET_GSI_ROUTING always replaces the whole.

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <vector>

#include "kvm/vm.h"
#include "minivmm/guest_address.h"
#include "minivmm/irq_line.h"

namespace minivmm::kvm {

enum class Irqchip { kPicMaster, kPicSlave, kIoApic };

/// A GSI that is an input of one of KVM's interrupt controllers.
struct PinRoute {
  Gsi gsi;
  Irqchip chip = Irqchip::kIoApic;
  unsigned pin = 0;
  friend bool operator==(const PinRoute&, const PinRoute&) = default;
};

/// GSIs 0 to 15 reach PIC and IOAPIC, 16 to 23 the IOAPIC alone, as on a PC: the timer (GSI 0) is
/// on the IOAPIC's pin 2, so that GSI 2, the PICs' cascade, goes nowhere. The ACPI tables must say
/// so with an interrupt source override (ACPI 5.2.12.5: ISA 0 is global interrupt 2).
[[nodiscard]] std::vector<PinRoute> pc_pin_routes();

/// The first GSI that is no input of the IOAPIC.
inline constexpr std::uint32_t kFirstMsiGsi = 24;

/// Whether a message is an interrupt at all: writes to 0xfeexxxxx are (Intel SDM 3A, 11.11.1), all
/// others would be writes to memory, which the machine drops.
[[nodiscard]] bool is_interrupt_message(const MsiMessage& message);

/// The table of a VM: pc_pin_routes() and the messages of its MSI vectors.
///
/// Ownership: refers to the Vm. Threads: any.
/// Errors: HostError when the table is full or KVM refuses.
class GsiRoutes {
 public:
  /// Tells KVM the pins' routes. After create_irqchip_and_pit.
  explicit GsiRoutes(const Vm& vm);
  GsiRoutes(const GsiRoutes&) = delete;
  GsiRoutes& operator=(const GsiRoutes&) = delete;

  /// A GSI from kFirstMsiGsi on, without a route.
  [[nodiscard]] Gsi allocate();
  /// Gives it back; its route leaves KVM's table with the next change.
  void release(Gsi gsi);
  /// Routes the GSI to this message; free when it has it. A message that is no interrupt
  /// (is_interrupt_message) removes the route: what is signalled then goes nowhere.
  void set_message(Gsi gsi, const MsiMessage& message);

 private:
  void tell_kvm() const;

  // Configuration.
  const int vm_fd_;
  const std::uint32_t gsi_limit_;

  // State, under mutex_.
  std::mutex mutex_;
  std::set<std::uint32_t> allocated_;
  std::map<std::uint32_t, MsiMessage> messages_;
};

}  // namespace minivmm::kvm
