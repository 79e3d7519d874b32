#include <algorithm>
#include <optional>

#include "debug/crash_dump.h"
#include "debug/page_walk.h"

namespace minivmm::debug {
namespace {

constexpr std::size_t kMostWalks = 1u << 18;  // A fraction of a second.

/// Where the part of linear addresses ends that this walk has decided about; 0: at the very end.
std::uint64_t next_linear(const PageWalk& walk) {
  if (walk.outcome == PageWalk::Outcome::kNotCanonical) {
    const unsigned width = walk.mode == PagingMode::k5Level ? 57 : 48;
    return ~std::uint64_t{0} << (width - 1);
  }
  const std::uint64_t covers = walk.steps.back().covers;
  return (walk.linear & ~(covers - 1)) + covers;
}

/// What of a page is RAM; a large one may go beyond its end.
std::optional<MappedRange> ram_of_page(const GuestMemory& memory, const PageWalk& walk) {
  for (const MemoryRegion& region : memory.regions()) {
    if (!region.range.contains(walk.physical)) continue;
    const std::uint64_t left = region.range.end().value - walk.physical.value;
    return MappedRange{walk.linear, {walk.physical, std::min(walk.page_size, left)}};
  }
  return std::nullopt;
}

void append(std::vector<MappedRange>& ranges, const MappedRange& more) {
  if (!ranges.empty()) {
    MappedRange& last = ranges.back();
    const bool follows = last.linear + last.physical.size == more.linear &&
                         last.physical.end() == more.physical.start;
    if (follows) {
      last.physical.size += more.physical.size;
      return;
    }
  }
  ranges.push_back(more);
}

}  // namespace

std::vector<MappedRange> mapped_ranges(const GuestMemory& memory,
                                       const CpuSpecialRegisters& registers, std::size_t limit) {
  std::vector<MappedRange> ranges;
  if (paging_mode(registers) == PagingMode::kNone) return ranges;
  const bool wide = paging_mode(registers) >= PagingMode::k4Level;
  std::uint64_t linear = 0;
  for (std::size_t walks = 0; walks < kMostWalks; ++walks) {
    const PageWalk walk = walk_pages(memory, registers, linear);
    if (const auto page = walk.mapped() ? ram_of_page(memory, walk) : std::nullopt)
      append(ranges, *page);
    if (ranges.size() > limit) {
      ranges.pop_back();
      break;
    }
    linear = next_linear(walk);
    if (linear == 0 || (!wide && linear > 0xffff'ffff)) break;
  }
  return ranges;
}

}  // namespace minivmm::debug
