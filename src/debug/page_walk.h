#pragma once
// From linear to guest-physical addresses as the processor's paging unit goes (Intel SDM 3A,
// chapter 4), for debuggers: step by step, in words, and without any of its side effects.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "minivmm/cpu_registers.h"
#include "minivmm/guest_address.h"
#include "minivmm/guest_memory.h"

namespace minivmm::debug {

enum class PagingMode : std::uint8_t { kNone, k32Bit, kPae, k4Level, k5Level };

/// The mode that CR0, CR4 and EFER select (Intel SDM 3A, 4.1.1).
[[nodiscard]] PagingMode paging_mode(const CpuSpecialRegisters& registers);
/// "no paging", "32-bit paging", "PAE paging", "4-level paging", "5-level paging".
[[nodiscard]] std::string_view name(PagingMode mode);

/// One entry on the way.
struct PageWalkStep {
  std::string_view level;    ///< "PML5E", "PML4E", "PDPTE", "PDE" or "PTE".
  GuestAddress table{};      ///< Where the table begins.
  unsigned index = 0;        ///< Of the entry in its table.
  GuestAddress address{};    ///< Of the entry itself.
  std::uint64_t covers = 0;  ///< How many bytes of linear addresses this entry decides about.
  /// The entry; 0 where there is no RAM to read it from (PageWalk::Outcome::kNoTable).
  std::uint64_t entry = 0;
  std::string flags{};  ///< "present, writable, user, accessed, 2 MiB page"; or "not present".
};

struct PageWalk {
  enum class Outcome : std::uint8_t {
    kMapped,
    kNotCanonical,  ///< The address itself can't be: #GP, or #SS on the stack.
    kNoTable,       ///< A table lies where the guest has no RAM; the last step says which.
    kNotPresent,
    kReservedBits,  ///< The last step's entry sets bits that must be 0.
  };

  std::uint64_t linear = 0;
  PagingMode mode = PagingMode::kNone;
  Outcome outcome = Outcome::kMapped;
  std::vector<PageWalkStep> steps{};  ///< From CR3 on; empty without paging.
  GuestAddress physical{};            ///< kMapped.
  std::uint64_t page_size = 4096;     ///< kMapped; in bytes. Without paging 4096.
  // What all entries together allow; kMapped.
  bool writable = true;  ///< The supervisor heeds this only with CR0.WP.
  bool user = true;
  bool executable = true;

  [[nodiscard]] bool mapped() const { return outcome == Outcome::kMapped; }
};

/// Memory is hostile: tables may be anywhere, and change meanwhile. Physical addresses are taken to
/// have the 52 bits that the architecture allows at most, whatever the guest's CPUID says.
[[nodiscard]] PageWalk walk_pages(const GuestMemory& memory, const CpuSpecialRegisters& registers,
                                  std::uint64_t linear);

/// "mapped to 0x1000 by a 2 MiB page, writable, supervisor, executable", "not mapped: PDE 3 at
/// 0x2018 is not present"; one line, not ended.
[[nodiscard]] std::string outcome_text(const PageWalk& walk);

/// Every step and the outcome, a line each, ended by a newline.
[[nodiscard]] std::string describe(const PageWalk& walk);

[[nodiscard]] std::optional<GuestAddress> translate(const GuestMemory& memory,
                                                    const CpuSpecialRegisters& registers,
                                                    std::uint64_t linear);

/// Copies page by page from linear memory, whatever the pages allow; returns how many bytes came
/// before the first one that isn't mapped to RAM.
[[nodiscard]] std::size_t read_linear(const GuestMemory& memory,
                                      const CpuSpecialRegisters& registers, std::uint64_t linear,
                                      std::span<std::byte> to);
/// The same the other way; pages that are read-only for the guest are written, too.
[[nodiscard]] std::size_t write_linear(const GuestMemory& memory,
                                       const CpuSpecialRegisters& registers, std::uint64_t linear,
                                       std::span<const std::byte> from);

/// CS:RIP as the linear address that paging sees (Intel SDM 3A, 3.3.1 and 3.4.4).
[[nodiscard]] std::uint64_t linear_rip(const CpuRegisters& registers,
                                       const CpuSpecialRegisters& special);
/// The same of SS:RSP.
[[nodiscard]] std::uint64_t linear_rsp(const CpuRegisters& registers,
                                       const CpuSpecialRegisters& special);

}  // namespace minivmm::debug
