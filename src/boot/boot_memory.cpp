#include "boot/boot_memory.h"

#include <fmt/core.h>

#include <algorithm>
#include <cassert>

#include "minivmm/error.h"

namespace minivmm::boot {
namespace {

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kMiB = 1024 * kKiB;

std::optional<GuestRange> intersection(const GuestRange& a, const GuestRange& b) {
  const std::uint64_t start = std::max(a.start.value, b.start.value);
  const std::uint64_t end = std::min(a.end().value, b.end().value);
  if (start >= end) return std::nullopt;
  return GuestRange{{start}, end - start};
}

}  // namespace

BootMemory::BootMemory(const GuestMemory& memory, const MemoryMap& map) : memory_(memory) {
  for (const MemoryMapEntry& entry : map.entries) {
    if (entry.type == MemoryType::kUsable && entry.range.size != 0) usable_.push_back(entry.range);
  }
  free_ = usable_;
}

bool BootMemory::is_free(const GuestRange& range) const {
  return std::any_of(free_.begin(), free_.end(), [&](const GuestRange& piece) {
    return piece.contains(range.start, range.size);
  });
}

GuestAddress BootMemory::usable_end(GuestAddress limit) const {
  GuestAddress end{};
  for (const GuestRange& range : usable_) {
    if (range.start < limit) end = std::max(end, std::min(range.end(), limit));
  }
  return end;
}

std::optional<GuestAddress> BootMemory::lowest(std::uint64_t size, std::uint64_t alignment,
                                               const GuestRange& within) const {
  for (const GuestRange& piece : free_) {
    const auto part = intersection(piece, within);
    if (!part) continue;
    const GuestAddress address{align_up(part->start.value, alignment)};
    if (part->contains(address, size)) return address;
  }
  return std::nullopt;
}

std::optional<GuestAddress> BootMemory::highest(std::uint64_t size, std::uint64_t alignment,
                                                const GuestRange& within) const {
  for (auto piece = free_.rbegin(); piece != free_.rend(); ++piece) {
    const auto part = intersection(*piece, within);
    if (!part || size > part->size) continue;
    const GuestAddress address{align_down(part->end().value - size, alignment)};
    if (address >= part->start) return address;
  }
  return std::nullopt;
}

void BootMemory::take(const GuestRange& range) {
  if (range.size == 0) return;
  std::vector<GuestRange> rest;
  for (const GuestRange& piece : free_) {
    const auto gone = intersection(piece, range);
    if (!gone) {
      rest.push_back(piece);
      continue;
    }
    if (gone->start > piece.start) {
      rest.push_back({piece.start, gone->start.value - piece.start.value});
    }
    if (piece.end() > gone->end()) {
      rest.push_back({gone->end(), piece.end().value - gone->end().value});
    }
  }
  free_ = std::move(rest);
}

void BootMemory::put(const GuestRange& range, Bytes bytes) {
  if (range.size == 0) return;  // An empty module has a place, but no bytes.
  assert(is_free(range) && bytes.size() <= range.size);
  take(range);
  const std::uint64_t rest = range.size - bytes.size();
  const bool written = memory_.copy_out(range.start, bytes) &&
                       (rest == 0 || memory_.fill(range.start + bytes.size(), rest, std::byte{0}));
  if (!written) {
    // The map called something usable that is no RAM: the machine's bug, not the kernel's.
    throw HostError(
        fmt::format("the memory map promises RAM at {:#x} that does not exist", range.start.value));
  }
}

GuestAddress BootMemory::put_low(Bytes bytes, std::uint64_t alignment, std::string_view what) {
  const auto address = lowest(bytes.size(), alignment, kBootArea);
  if (!address) {
    throw ConfigError(
        fmt::format("no room for the {} ({}) in the guest's first 640 KiB: give the guest at least "
                    "{}, or shorten what is passed to the kernel",
                    what, human_size(bytes.size()), memory_option(kMiB)));
  }
  put({*address, bytes.size()}, bytes);
  return *address;
}

std::string memory_option(std::uint64_t end) {
  return fmt::format("--mem {}M", end / kMiB + (end % kMiB != 0 ? 1 : 0));
}

std::string human_size(std::uint64_t bytes) {
  if (bytes < kKiB) return fmt::format("{} bytes", bytes);
  if (bytes < kMiB) return fmt::format("{:.1f} KiB", static_cast<double>(bytes) / kKiB);
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / kMiB);
}

}  // namespace minivmm::boot
