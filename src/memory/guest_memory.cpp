#include "minivmm/guest_memory.h"

#include <algorithm>

namespace minivmm {

GuestMemory::GuestMemory(std::vector<MemoryRegion> regions) : regions_(std::move(regions)) {
  std::ranges::sort(regions_, {}, [](const MemoryRegion& region) { return region.range.start; });
}

std::uint64_t GuestMemory::size() const {
  std::uint64_t bytes = 0;
  for (const MemoryRegion& region : regions_) bytes += region.range.size;
  return bytes;
}

std::optional<std::span<std::byte>> GuestMemory::at(GuestAddress address,
                                                    std::uint64_t size) const {
  for (const MemoryRegion& region : regions_) {
    if (!region.range.contains(address, size)) continue;
    return std::span(region.host + (address.value - region.range.start.value), size);
  }
  return std::nullopt;
}

bool GuestMemory::copy_in(GuestAddress from, std::span<std::byte> to) const {
  const auto source = at(from, to.size());
  if (source) std::ranges::copy(*source, to.begin());
  return source.has_value();
}

bool GuestMemory::copy_out(GuestAddress to, std::span<const std::byte> from) const {
  const auto target = at(to, from.size());
  if (target) std::ranges::copy(from, target->begin());
  return target.has_value();
}

bool GuestMemory::fill(GuestAddress to, std::uint64_t size, std::byte value) const {
  const auto target = at(to, size);
  if (target) std::ranges::fill(*target, value);
  return target.has_value();
}

}  // namespace minivmm
