#pragma once
// The RAM of a guest, as every room except kvm/ sees it: bytes at guest-physical addresses.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "minivmm/guest_address.h"

namespace minivmm {

/// One contiguous region of RAM and where the host has it. Sizes are in bytes, page-aligned.
struct MemoryRegion {
  GuestRange range;
  std::byte* host = nullptr;  ///< First byte; lives as long as the owner of the mapping.
};

/// Guest RAM: a few regions, fixed once the machine is built.
///
/// Ownership: refers to mappings that it does not own (src/memory/ram.h owns them).
/// Threads: all functions may be called from any thread; a guest's vCPUs change the bytes at any
/// time, so copy in, check the copy, use the copy (convention 2).
/// Errors: an access that is not wholly inside one region answers false or nullopt and copies
/// nothing; it never throws.
class GuestMemory {
 public:
  /// Regions must not overlap; any order.
  explicit GuestMemory(std::vector<MemoryRegion> regions);

  [[nodiscard]] std::span<const MemoryRegion> regions() const { return regions_; }
  /// All RAM, in bytes.
  [[nodiscard]] std::uint64_t size() const;

  /// The host's view of [address, address + size), when it lies wholly in one region. For I/O in
  /// place (io_uring) and atomics on ring indices only; must not outlive the current request.
  [[nodiscard]] std::optional<std::span<std::byte>> at(GuestAddress address,
                                                       std::uint64_t size) const;

  [[nodiscard]] bool copy_in(GuestAddress from, std::span<std::byte> to) const;
  [[nodiscard]] bool copy_out(GuestAddress to, std::span<const std::byte> from) const;
  [[nodiscard]] bool fill(GuestAddress to, std::uint64_t size, std::byte value) const;

  template <typename T>
  [[nodiscard]] std::optional<T> read(GuestAddress address) const {
    static_assert(std::is_trivially_copyable_v<T>);
    T value;
    if (!copy_in(address, std::as_writable_bytes(std::span<T, 1>(&value, 1)))) return std::nullopt;
    return value;
  }

  template <typename T>
  [[nodiscard]] bool write(GuestAddress address, const T& value) const {
    static_assert(std::is_trivially_copyable_v<T>);
    return copy_out(address, std::as_bytes(std::span<const T, 1>(&value, 1)));
  }

 private:
  std::vector<MemoryRegion> regions_;  // Sorted by start.
};

}  // namespace minivmm
