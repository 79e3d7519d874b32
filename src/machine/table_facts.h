#pragma once
// What the tables for the guest (ACPI, SMBIOS, MP) have to tell of a machine.

#include <span>

#include "boot/acpi_tables.h"
#include "boot/mp_table.h"
#include "boot/smbios.h"
#include "kvm/kvm.h"
#include "machine/bar_placement.h"
#include "machine/host_side.h"
#include "minivmm/guest_memory.h"
#include "minivmm/machine_config.h"

namespace minivmm {

/// Throws ConfigError: the processor has too few address lines for the memory.
void check_addressable(const MachineConfig& config, const kvm::Kvm& kvm);

/// Where PCI's BARs may be: the 64-bit window is the first one above RAM.
[[nodiscard]] PciWindows pci_windows(const GuestMemory& memory);

[[nodiscard]] boot::AcpiConfig acpi_config(const MachineConfig& config, const PciWindows& windows,
                                           HostSide& side);
[[nodiscard]] boot::SmbiosConfig smbios_config(const MachineConfig& config, const kvm::Kvm& kvm,
                                               const GuestMemory& memory);
/// slots: device numbers on bus 0 of what interrupts.
[[nodiscard]] boot::MpConfig mp_config(const MachineConfig& config, const kvm::Kvm& kvm,
                                       std::span<const unsigned> slots);

}  // namespace minivmm
