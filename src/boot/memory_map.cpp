#include "boot/memory_map.h"

#include <algorithm>

#include "boot/low_memory.h"

namespace minivmm::boot {
namespace {

// The parts of range that lie outside of hole, at most two.
void subtract(const GuestRange& range, const GuestRange& hole, std::vector<GuestRange>& rest) {
  const std::uint64_t start = range.start.value;
  const std::uint64_t end = range.end().value;
  const std::uint64_t hole_start = std::clamp(hole.start.value, start, end);
  const std::uint64_t hole_end = std::clamp(hole.end().value, start, end);
  if (hole_start == hole_end) {
    rest.push_back(range);
    return;
  }
  if (hole_start > start) rest.push_back({{start}, hole_start - start});
  if (end > hole_end) rest.push_back({{hole_end}, end - hole_end});
}

}  // namespace

GuestAddress MemoryMap::usable_end(GuestAddress limit) const {
  GuestAddress end{};
  for (const MemoryMapEntry& entry : entries) {
    if (entry.type != MemoryType::kUsable || entry.range.start >= limit) continue;
    end = std::max(end, std::min(entry.range.end(), limit));
  }
  return end;
}

MemoryMap make_memory_map(const GuestMemory& memory, std::span<const GuestRange> reserved) {
  std::vector<GuestRange> holes{kEbda, kBiosArea};
  holes.insert(holes.end(), reserved.begin(), reserved.end());

  MemoryMap map;
  for (const GuestRange& hole : holes) {
    if (hole.size != 0) map.entries.push_back({hole, MemoryType::kReserved});
  }
  // These are no memory at all: a PC's BIOS leaves them out of e820.
  holes.push_back(kVgaAndOptionRoms);
  for (const MemoryRegion& region : memory.regions()) {
    std::vector<GuestRange> parts{region.range};
    for (const GuestRange& hole : holes) {
      std::vector<GuestRange> rest;
      for (const GuestRange& part : parts) subtract(part, hole, rest);
      parts = std::move(rest);
    }
    for (const GuestRange& part : parts) map.entries.push_back({part, MemoryType::kUsable});
  }
  std::sort(map.entries.begin(), map.entries.end(),
            [](const MemoryMapEntry& a, const MemoryMapEntry& b) {
              return a.range.start < b.range.start;
            });
  return map;
}

}  // namespace minivmm::boot
