#pragma once
// The ACPI tables as files for firmware, which places and links them itself.

#include <vector>

#include "boot/acpi_tables.h"
#include "boot/firmware_file.h"

namespace minivmm::boot {

inline constexpr const char* kRsdpFile = "etc/acpi/rsdp";
inline constexpr const char* kAcpiTablesFile = "etc/acpi/tables";
inline constexpr const char* kTableLoaderFile = "etc/table-loader";

/// The tables of build_acpi_tables(), cut into the RSDP and the rest, with the script that puts
/// them together. Pure; threads: any.
[[nodiscard]] std::vector<FirmwareFile> make_acpi_files(const AcpiConfig& config);

}  // namespace minivmm::boot
