#pragma once
// The single tables, each complete with its checksum; acpi_tables.cpp places and links them.

#include <cstdint>
#include <vector>

#include "boot/acpi_structures.h"
#include "boot/acpi_tables.h"
#include "boot/bytes.h"

namespace minivmm::boot {

using TableBytes = std::vector<std::byte>;

/// A header with our ids; length and checksum are finish_table()'s.
[[nodiscard]] acpi_table::Header acpi_header(const char (&signature)[5], std::uint8_t revision);

/// Sets length and checksum of a table that begins with a Header.
void finish_table(TableBytes& table);

[[nodiscard]] TableBytes make_facs();
[[nodiscard]] TableBytes make_fadt(const AcpiConfig& config, GuestAddress facs, GuestAddress dsdt);
[[nodiscard]] TableBytes make_madt(const AcpiConfig& config);
[[nodiscard]] TableBytes make_mcfg(const AcpiConfig& config);
/// The compiled src/boot/acpi/dsdt.asl.
[[nodiscard]] TableBytes make_dsdt();
/// The names that the DSDT expects, with this configuration's values.
[[nodiscard]] TableBytes make_config_ssdt(const AcpiConfig& config);

}  // namespace minivmm::boot
