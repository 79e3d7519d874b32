#pragma once
// SMBIOS tables: who made the machine and what it is built of, for dmidecode and its like.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "minivmm/guest_memory.h"

namespace minivmm::boot {

/// What the tables tell of. Plain data.
struct SmbiosConfig {
  unsigned cpus = 1;
  std::uint32_t cpu_signature = 0;  ///< CPUID leaf 1, EAX.
  std::uint32_t cpu_features = 0;   ///< CPUID leaf 1, EDX.
  std::vector<GuestRange> ram{};    ///< In ascending order.
};

/// An entry point of 31 bytes ("_SM_") that is complete but for the table's address and its two
/// checksums, and the table.
struct SmbiosTables {
  std::vector<std::byte> entry_point{};
  std::vector<std::byte> table{};
};

/// Pure; threads: any. Source: DMTF DSP0134 (SMBIOS) 3.6, of which what version 2.8 had.
[[nodiscard]] SmbiosTables build_smbios(const SmbiosConfig& config);

/// Builds both at kSmbios (low_memory.h). Errors: ConfigError when memory is less than 1 MiB.
void write_smbios(const GuestMemory& memory, const SmbiosConfig& config);

}  // namespace minivmm::boot
