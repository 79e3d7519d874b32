#pragma once
// Guest memory while a loader fills it: what is still free, and putting things there.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "boot/bytes.h"
#include "boot/low_memory.h"
#include "boot/memory_map.h"
#include "minivmm/guest_memory.h"

namespace minivmm::boot {

/// Everything that a loader writes goes through here, so nothing overwrites anything else and only
/// usable memory is touched, whatever a hostile file asks for.
class BootMemory {
 public:
  /// Refers to memory. Starts with all of the map's usable entries free.
  BootMemory(const GuestMemory& memory, const MemoryMap& map);

  [[nodiscard]] bool is_free(const GuestRange& range) const;
  [[nodiscard]] const GuestMemory& memory() const { return memory_; }
  /// The end of usable memory below limit, taken or not.
  [[nodiscard]] GuestAddress usable_end(GuestAddress limit) const;

  /// The lowest or highest free place inside of within; alignment is a power of two.
  [[nodiscard]] std::optional<GuestAddress> lowest(std::uint64_t size, std::uint64_t alignment,
                                                   const GuestRange& within) const;
  [[nodiscard]] std::optional<GuestAddress> highest(std::uint64_t size, std::uint64_t alignment,
                                                    const GuestRange& within) const;

  /// Makes a range of usable memory no longer free, and writes nothing.
  void take(const GuestRange& range);
  /// Takes a free range, writes bytes to its start and zeroes to the rest.
  void put(const GuestRange& range, Bytes bytes);
  /// Puts a boot structure at the lowest free place in kBootArea.
  /// Errors: ConfigError that names what, when there is no place.
  GuestAddress put_low(Bytes bytes, std::uint64_t alignment, std::string_view what);

 private:
  const GuestMemory& memory_;
  std::vector<GuestRange> usable_;
  std::vector<GuestRange> free_;  // Sorted, disjoint, not empty.
};

/// The option that gives a guest memory up to end: "--mem 213M".
[[nodiscard]] std::string memory_option(std::uint64_t end);

/// "3.5 MiB", for messages.
[[nodiscard]] std::string human_size(std::uint64_t bytes);

}  // namespace minivmm::boot
