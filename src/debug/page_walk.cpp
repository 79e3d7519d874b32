#include "debug/page_walk.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "debug/control_bits.h"

namespace minivmm::debug {
namespace {

// Bits of entries (Intel SDM 3A, tables 4-2 to 4-20).
constexpr std::uint64_t kPresent = 1u << 0;
constexpr std::uint64_t kWritable = 1u << 1;
constexpr std::uint64_t kUser = 1u << 2;
constexpr std::uint64_t kPageSize = 1u << 7;
constexpr std::uint64_t kNoExecute = 1ull << 63;
constexpr std::uint64_t kSmallPage = 4096;

constexpr std::uint64_t bits(unsigned high, unsigned low) {
  return ((high == 63 ? 0 : 1ull << (high + 1)) - 1) & ~((1ull << low) - 1);
}

/// One level of tables.
struct Level {
  std::string_view name;
  unsigned shift;          // Of its part of the linear address; what a page here maps, too.
  unsigned index_bits;     // Of that part.
  bool may_be_page;        // PS maps a page here.
  std::uint64_t reserved;  // In every entry.
};

constexpr std::uint64_t kReservedInPae = bits(62, 52);  // Table 4-9 and the ones after it.
constexpr std::array kLongLevels{
    Level{"PML5E", 48, 9, false, kPageSize}, Level{"PML4E", 39, 9, false, kPageSize},
    Level{"PDPTE", 30, 9, true, 0}, Level{"PDE", 21, 9, true, 0}, Level{"PTE", 12, 9, false, 0}};
constexpr std::array kPaeLevels{
    Level{"PDPTE", 30, 2, false, kReservedInPae | kNoExecute | bits(8, 5) | bits(2, 1)},
    Level{"PDE", 21, 9, true, kReservedInPae}, Level{"PTE", 12, 9, false, kReservedInPae}};
constexpr std::array kOldLevels{Level{"PDE", 22, 10, true, 0}, Level{"PTE", 12, 10, false, 0}};

std::span<const Level> levels(PagingMode mode) {
  switch (mode) {
    case PagingMode::k5Level:
      return kLongLevels;
    case PagingMode::k4Level:
      return std::span(kLongLevels).subspan(1);
    case PagingMode::kPae:
      return kPaeLevels;
    case PagingMode::k32Bit:
      return kOldLevels;
    case PagingMode::kNone:
      break;
  }
  return {};
}

bool is_canonical(std::uint64_t linear, PagingMode mode) {
  const unsigned width = mode == PagingMode::k5Level ? 57 : 48;
  const std::uint64_t upper = linear >> (width - 1);
  return upper == 0 || upper == bits(63, width - 1) >> (width - 1);
}

GuestAddress first_table(const CpuSpecialRegisters& registers, PagingMode mode) {
  if (mode == PagingMode::kPae) return {registers.cr3 & bits(31, 5)};
  if (mode == PagingMode::k32Bit) return {registers.cr3 & bits(31, 12)};
  return {registers.cr3 & bits(51, 12)};
}

bool maps_page(const Level& level, std::uint64_t entry, PagingMode mode,
               const CpuSpecialRegisters& registers) {
  if (level.shift == 12) return true;
  const bool allowed = mode != PagingMode::k32Bit || (registers.cr4 & kCr4Pse) != 0;
  return level.may_be_page && allowed && (entry & kPageSize) != 0;
}

/// Where the page begins that this entry maps.
std::uint64_t page_base(const Level& level, std::uint64_t entry, PagingMode mode) {
  if (mode != PagingMode::k32Bit) return entry & bits(51, level.shift);
  std::uint64_t base = entry & bits(31, level.shift);
  // PSE-36: bits 39 to 32 of the address of a 4 MiB page (Intel SDM 3A, table 4-4).
  if (level.shift == 22) base |= ((entry >> 13) & 0xff) << 32;
  return base;
}

bool sets_reserved_bits(const Level& level, std::uint64_t entry, bool page, PagingMode mode,
                        const CpuSpecialRegisters& registers) {
  if (mode == PagingMode::k32Bit) return page && level.shift == 22 && (entry & (1u << 21)) != 0;
  std::uint64_t reserved = level.reserved;
  if ((registers.efer & kEferNxe) == 0) reserved |= kNoExecute;
  if (page && level.shift > 12) reserved |= bits(level.shift - 1, 13);
  return (entry & reserved) != 0;
}

std::string size_text(std::uint64_t size) {
  if (size >= 1u << 30) return fmt::format("{} GiB", size >> 30);
  if (size >= 1u << 20) return fmt::format("{} MiB", size >> 20);
  return fmt::format("{} KiB", size >> 10);
}

std::string flag_text(const Level& level, std::uint64_t entry, bool page, PagingMode mode) {
  if ((entry & kPresent) == 0) return entry == 0 ? "not present" : "not present, other bits set";
  if (mode == PagingMode::kPae && level.shift == 30) return "present";
  std::string text = "present";
  text += (entry & kWritable) != 0 ? ", writable" : ", read-only";
  text += (entry & kUser) != 0 ? ", user" : ", supervisor";
  if (mode != PagingMode::k32Bit && (entry & kNoExecute) != 0) text += ", no-execute";
  if ((entry & 1u << 5) != 0) text += ", accessed";
  if (page && (entry & 1u << 6) != 0) text += ", dirty";
  if ((entry & 1u << 3) != 0) text += ", write-through";
  if ((entry & 1u << 4) != 0) text += ", uncached";
  if (page && (entry & 1u << 8) != 0) text += ", global";
  if (page && level.shift > 12) text += ", " + size_text(1ull << level.shift) + " page";
  return text;
}

/// What the entry takes from the rights of those above it (Intel SDM 3A, 4.6).
void add_rights(const Level& level, std::uint64_t entry, PageWalk& walk) {
  // PAE's PDPTEs know of no rights.
  if (walk.mode == PagingMode::kPae && level.shift == 30) return;
  walk.writable = walk.writable && (entry & kWritable) != 0;
  walk.user = walk.user && (entry & kUser) != 0;
  if (walk.mode != PagingMode::k32Bit) walk.executable &= (entry & kNoExecute) == 0;
}

/// Follows one level; false: the walk is over.
bool follow(const GuestMemory& memory, const CpuSpecialRegisters& registers, const Level& level,
            GuestAddress& table, PageWalk& walk) {
  const unsigned width = walk.mode == PagingMode::k32Bit ? 4 : 8;
  PageWalkStep step{.level = level.name, .table = table, .covers = 1ull << level.shift};
  step.index = static_cast<unsigned>((walk.linear >> level.shift) & bits(level.index_bits - 1, 0));
  step.address = table + std::uint64_t{step.index} * width;
  const auto bytes = std::as_writable_bytes(std::span(&step.entry, 1)).first(width);
  if (!memory.copy_in(step.address, bytes)) {
    step.flags = "no RAM there";
    walk.outcome = PageWalk::Outcome::kNoTable;
    walk.steps.push_back(std::move(step));
    return false;
  }
  const std::uint64_t entry = step.entry;
  const bool page = maps_page(level, entry, walk.mode, registers);
  step.flags = flag_text(level, entry, page, walk.mode);
  walk.steps.push_back(std::move(step));
  if ((entry & kPresent) == 0) {
    walk.outcome = PageWalk::Outcome::kNotPresent;
    return false;
  }
  if (sets_reserved_bits(level, entry, page, walk.mode, registers)) {
    walk.outcome = PageWalk::Outcome::kReservedBits;
    return false;
  }
  add_rights(level, entry, walk);
  table = {entry & bits(walk.mode == PagingMode::k32Bit ? 31 : 51, 12)};
  if (!page) return true;
  walk.page_size = 1ull << level.shift;
  walk.physical = {page_base(level, entry, walk.mode) | (walk.linear & (walk.page_size - 1))};
  return false;
}

/// Page by page; copy(physical, done, size) says whether there is RAM.
template <typename Copy>
std::size_t for_each_page(const GuestMemory& memory, const CpuSpecialRegisters& registers,
                          std::uint64_t linear, std::size_t size, const Copy& copy) {
  std::size_t done = 0;
  while (done < size) {
    const std::uint64_t at = linear + done;
    const std::size_t piece =
        std::min(static_cast<std::size_t>(kSmallPage - at % kSmallPage), size - done);
    const std::optional<GuestAddress> physical = translate(memory, registers, at);
    if (!physical || !copy(*physical, done, piece)) break;
    done += piece;
  }
  return done;
}

std::uint64_t linear_in(const CpuSegment& segment, std::uint64_t offset,
                        const CpuSpecialRegisters& special) {
  if (in_64bit_mode(special)) return offset;
  return (segment.base + offset) & 0xffff'ffff;
}

}  // namespace

PagingMode paging_mode(const CpuSpecialRegisters& registers) {
  if ((registers.cr0 & kCr0Pg) == 0) return PagingMode::kNone;
  if ((registers.cr4 & kCr4Pae) == 0) return PagingMode::k32Bit;
  if (!in_long_mode(registers)) return PagingMode::kPae;
  return (registers.cr4 & kCr4La57) != 0 ? PagingMode::k5Level : PagingMode::k4Level;
}

std::string_view name(PagingMode mode) {
  switch (mode) {
    case PagingMode::kNone:
      return "no paging";
    case PagingMode::k32Bit:
      return "32-bit paging";
    case PagingMode::kPae:
      return "PAE paging";
    case PagingMode::k4Level:
      return "4-level paging";
    case PagingMode::k5Level:
      break;
  }
  return "5-level paging";
}

PageWalk walk_pages(const GuestMemory& memory, const CpuSpecialRegisters& registers,
                    std::uint64_t linear) {
  PageWalk walk{.linear = linear, .mode = paging_mode(registers)};
  const bool wide = walk.mode == PagingMode::k4Level || walk.mode == PagingMode::k5Level;
  if (!wide) walk.linear &= 0xffff'ffff;
  if (walk.mode == PagingMode::kNone) {
    walk.physical = {walk.linear};
    return walk;
  }
  if (wide && !is_canonical(linear, walk.mode)) {
    walk.outcome = PageWalk::Outcome::kNotCanonical;
    return walk;
  }
  GuestAddress table = first_table(registers, walk.mode);
  for (const Level& level : levels(walk.mode)) {
    if (!follow(memory, registers, level, table, walk)) break;
  }
  return walk;
}

std::string outcome_text(const PageWalk& walk) {
  const auto last = [&walk] {
    const PageWalkStep& step = walk.steps.back();
    return fmt::format("{} {} at {:#x}", step.level, step.index, step.address.value);
  };
  switch (walk.outcome) {
    case PageWalk::Outcome::kNotCanonical:
      return "not a canonical address";
    case PageWalk::Outcome::kNoTable:
      return fmt::format("not mapped: {} lies outside of RAM", last());
    case PageWalk::Outcome::kNotPresent:
      return fmt::format("not mapped: {} is not present", last());
    case PageWalk::Outcome::kReservedBits:
      return fmt::format("not mapped: {} is {:#x}, with reserved bits set", last(),
                         walk.steps.back().entry);
    case PageWalk::Outcome::kMapped:
      break;
  }
  if (walk.mode == PagingMode::kNone) return fmt::format("{:#x}: no paging", walk.physical.value);
  return fmt::format("mapped to {:#x} by a {} page, {}, {}, {}", walk.physical.value,
                     size_text(walk.page_size), walk.writable ? "writable" : "read-only",
                     walk.user ? "user" : "supervisor",
                     walk.executable ? "executable" : "no-execute");
}

std::string describe(const PageWalk& walk) {
  std::string text = fmt::format("{:#x}, {}:\n", walk.linear, name(walk.mode));
  for (const PageWalkStep& step : walk.steps)
    text += fmt::format("  {:<5} {:>4} of the table at {:#011x}: {:#018x}  {}\n", step.level,
                        step.index, step.table.value, step.entry, step.flags);
  return text + "  " + outcome_text(walk) + "\n";
}

std::optional<GuestAddress> translate(const GuestMemory& memory,
                                      const CpuSpecialRegisters& registers, std::uint64_t linear) {
  const PageWalk walk = walk_pages(memory, registers, linear);
  if (!walk.mapped()) return std::nullopt;
  return walk.physical;
}

std::size_t read_linear(const GuestMemory& memory, const CpuSpecialRegisters& registers,
                        std::uint64_t linear, std::span<std::byte> to) {
  return for_each_page(memory, registers, linear, to.size(),
                       [&](GuestAddress physical, std::size_t done, std::size_t size) {
                         return memory.copy_in(physical, to.subspan(done, size));
                       });
}

std::size_t write_linear(const GuestMemory& memory, const CpuSpecialRegisters& registers,
                         std::uint64_t linear, std::span<const std::byte> from) {
  return for_each_page(memory, registers, linear, from.size(),
                       [&](GuestAddress physical, std::size_t done, std::size_t size) {
                         return memory.copy_out(physical, from.subspan(done, size));
                       });
}

std::uint64_t linear_rip(const CpuRegisters& registers, const CpuSpecialRegisters& special) {
  return linear_in(special.cs, registers.rip, special);
}

std::uint64_t linear_rsp(const CpuRegisters& registers, const CpuSpecialRegisters& special) {
  // The stack pointer's width is that of the stack segment (Intel SDM 1, 6.2.3).
  const std::uint64_t mask = special.ss.big ? 0xffff'ffff : 0xffff;
  return linear_in(special.ss, in_64bit_mode(special) ? registers.rsp : registers.rsp & mask,
                   special);
}

}  // namespace minivmm::debug
