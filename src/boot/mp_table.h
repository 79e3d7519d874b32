#pragma once
// The Intel MP table, for kernels that know no ACPI (MultiProcessor Specification 1.4).

#include <cstddef>
#include <cstdint>
#include <vector>

#include "minivmm/guest_address.h"
#include "minivmm/guest_memory.h"

namespace minivmm::boot {

struct MpConfig {
  unsigned cpus = 1;  ///< The APIC id of each is its index; the table has room for 254.
  GuestAddress io_apic{0xfec0'0000};
  GuestAddress local_apic{0xfee0'0000};
  Gsi sci{9};
  std::uint32_t cpu_signature = 0;        ///< CPUID 1 EAX.
  std::uint32_t cpu_features = 0;         ///< CPUID 1 EDX.
  std::vector<std::uint8_t> pci_slots{};  ///< Device numbers on bus 0 that exist.
};

/// The wiring of INTA..INTD (pin 0 to 3) of a slot to the IOAPIC: the same rule as the DSDT's _PRT.
[[nodiscard]] constexpr std::uint8_t io_apic_pin(unsigned slot, unsigned pin) {
  return static_cast<std::uint8_t>(16 + ((slot + pin) & 7));
}

/// The floating pointer followed by the configuration table, linked for base (16-byte aligned).
[[nodiscard]] std::vector<std::byte> build_mp_table(const MpConfig& config, GuestAddress base);

/// Writes both to kMpTable (low_memory.h). Errors: ConfigError when they don't fit.
void write_mp_table(const GuestMemory& memory, const MpConfig& config);

}  // namespace minivmm::boot
