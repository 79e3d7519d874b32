#pragma once
// The ACPI tables of the machine: RSDP, XSDT, FADT, FACS, MADT, MCFG, DSDT and a generated SSDT.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "minivmm/guest_address.h"
#include "minivmm/guest_memory.h"

namespace minivmm::boot {

/// What the tables tell of. Plain data; the machine fills it from its layout.
struct AcpiConfig {
  unsigned cpus = 1;          ///< The APIC id of each is its index.
  GuestRange ecam{};          ///< PCIe's memory-mapped configuration space; size 0: none, no MCFG.
  std::uint8_t last_bus = 0;  ///< Buses 0 to last_bus exist.
  GuestRange mmio32{};        ///< Window for 32-bit BARs.
  GuestRange mmio64{};        ///< Window for 64-bit BARs; size 0: none.
  GuestRange pci_io{};        ///< Window for I/O BARs, in ports.
  Port pm_base{};             ///< ICH9's PMBASE, 128 ports.
  Gsi sci{9};
  Port reset{0xcf9};
  std::uint8_t reset_value = 6;  ///< ICH9 RST_CNT: full reset.
  GuestAddress io_apic{0xfec0'0000};
  GuestAddress local_apic{0xfee0'0000};
  std::array<bool, 4> com{};  ///< Which of COM1..COM4 exist.
  bool i8042 = false;         ///< A keyboard controller that an OS should probe.
  bool vga = false;           ///< A VGA that an OS may program.
  Port fw_cfg{};              ///< QEMU's fw_cfg; 0: none.
};

/// One table inside AcpiTables::bytes.
struct AcpiTable {
  std::string signature{};  ///< "RSDP", "FACP", "DSDT", ...
  std::size_t offset = 0;
  std::size_t size = 0;
};

/// A field that holds the address of a table.
struct AcpiPointer {
  std::size_t offset = 0;  ///< In AcpiTables::bytes.
  std::size_t size = 0;    ///< 4 or 8 bytes.
};

/// All tables, linked for one address. The RSDP comes first.
struct AcpiTables {
  GuestAddress base{};
  std::vector<std::byte> bytes{};
  std::vector<AcpiTable> tables{};
  std::vector<AcpiPointer> pointers{};  ///< What to change when the tables move.
  GuestAddress rsdp{};
};

/// Builds the tables for base (16-byte aligned, below 4 GiB). Pure; threads: any.
/// Source: ACPI 6.5; PCI Firmware 3.3 (MCFG, _OSC); ICH9 datasheet (PM ports).
[[nodiscard]] AcpiTables build_acpi_tables(const AcpiConfig& config, GuestAddress base);

/// Builds the tables at kAcpiTables (low_memory.h), writes them and answers the RSDP's address.
/// Errors: ConfigError when they don't fit (thousands of CPUs, or less than 1 MiB of memory).
GuestAddress write_acpi_tables(const GuestMemory& memory, const AcpiConfig& config);

}  // namespace minivmm::boot
