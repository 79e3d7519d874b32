#pragma once
// A crashed guest as an ELF core that gdb opens.

#include <span>
#include <string>
#include <vector>

#include "minivmm/cpu_registers.h"
#include "minivmm/guest_memory.h"

namespace minivmm::debug {

struct DumpedCpu {
  CpuRegisters registers{};
  CpuSpecialRegisters special{};
};

/// Writes an ELF64 core of the machine x86-64 (System V gABI, chapters 4 and 5; registers as
/// NT_PRSTATUS has them on Linux): a note for each vCPU, each region of RAM at its physical
/// address, and, where the first vCPU uses paging, its mapping of RAM at virtual addresses, which
/// share the file's bytes. Pages of zeros take no space in the file.
///
/// Errors: HostError, naming the file and the host's reason.
void write_crash_dump(const std::string& path, const GuestMemory& memory,
                      std::span<const DumpedCpu> cpus);

/// A run of pages that are mapped one after the other.
struct MappedRange {
  std::uint64_t linear = 0;
  GuestRange physical{};
  friend bool operator==(const MappedRange&, const MappedRange&) = default;
};
/// What is mapped to RAM, in the order of linear addresses; at most limit runs: page tables are
/// hostile, and may map without end.
[[nodiscard]] std::vector<MappedRange> mapped_ranges(const GuestMemory& memory,
                                                     const CpuSpecialRegisters& registers,
                                                     std::size_t limit);

}  // namespace minivmm::debug
