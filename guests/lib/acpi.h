#pragma once
// Just enough of ACPI: finding a table, and reading the MADT (ACPI 6.5, 5.2.12).

#include <cstddef>
#include <cstdint>

namespace guest {

struct __attribute__((packed)) AcpiHeader {
  char signature[4];
  std::uint32_t length;
  std::uint8_t revision, checksum;
  char oem_id[6], oem_table_id[8];
  std::uint32_t oem_revision;
  char creator_id[4];
  std::uint32_t creator_revision;
};
static_assert(sizeof(AcpiHeader) == 36);

/// The table of that signature, reached from the RSDP by XSDT or RSDT and of a right checksum;
/// null if there is none.
const AcpiHeader* find_acpi_table(const char* signature);

inline constexpr unsigned kMaxCpus = 64;
struct Madt {
  unsigned cpu_count = 0;
  std::uint8_t apic_ids[kMaxCpus];  ///< Of CPUs that are enabled, as far as xAPIC can name them.
  unsigned io_apic_count = 0;
  std::uint32_t pit_gsi = 0;  ///< Where ISA's IRQ 0 arrives.
};
/// False if there is no MADT.
bool read_madt(Madt& madt);

}  // namespace guest
