#pragma once
// The memory map that a guest is told: e820's entries (ACPI 6.5, 15.1).

#include <cstdint>
#include <span>
#include <vector>

#include "minivmm/guest_address.h"
#include "minivmm/guest_memory.h"

namespace minivmm::boot {

/// ACPI 6.5, table 15.4. The numbers are the ones of e820, PVH and multiboot alike.
enum class MemoryType : std::uint32_t {
  kUsable = 1,
  kReserved = 2,
  kAcpiReclaimable = 3,
  kAcpiNvs = 4,
};

struct MemoryMapEntry {
  GuestRange range;
  MemoryType type = MemoryType::kUsable;
  friend bool operator==(const MemoryMapEntry&, const MemoryMapEntry&) = default;
};

/// Sorted by address, without overlaps or empty entries. A usable entry lies in one memory region.
struct MemoryMap {
  std::vector<MemoryMapEntry> entries{};

  /// The end of usable memory below limit; 0 when there is none.
  [[nodiscard]] GuestAddress usable_end(GuestAddress limit) const;
};

/// RAM without the PC's own holes (EBDA, VGA window, ROMs, BIOS) and without what else is reserved:
/// reserved: the ECAM, for example, inside or outside of RAM. Reserved ranges must not overlap one
/// another.
[[nodiscard]] MemoryMap make_memory_map(const GuestMemory& memory,
                                        std::span<const GuestRange> reserved);

}  // namespace minivmm::boot
