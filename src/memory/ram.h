#pragma once
// The memory of a guest: reserved, never touched before the guest does.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "host/mapping.h"
#include "host/unique_fd.h"
#include "minivmm/guest_address.h"
#include "minivmm/guest_memory.h"

namespace minivmm {

/// Owns guest RAM: from 0 up to low_end, the rest from high_start.
///
/// It is reserved without being committed, so its size may exceed what the host has; aligned to
/// 2 MiB and open to transparent huge pages; left out of core dumps.
/// Errors: ConfigError for a size of 0 or one that is not a multiple of a page; HostError when the
/// host refuses to reserve that much.
class Ram {
 public:
  enum class Kind {
    kAnonymous,
    kShared,  ///< In a memfd, which another process may map.
  };
  /// Sizes in bytes; low_end and high_start are multiples of 2 MiB.
  Ram(std::uint64_t size, Kind kind, GuestAddress low_end, GuestAddress high_start);

  /// One or two, in the order of their addresses; in a memfd they follow each other in that order.
  [[nodiscard]] const std::vector<MemoryRegion>& regions() const { return regions_; }
  /// The memfd; -1 for anonymous memory.
  [[nodiscard]] int memfd() const { return memfd_.get(); }

  /// Gives the whole host pages among these bytes back to the host; they read as zeros from then
  /// on. bytes outside of the regions are left alone. Threads: any, also while the guest runs.
  void give_back(std::span<std::byte> bytes) const;

 private:
  void drop_pages(std::byte* address, std::uint64_t size, std::uint64_t offset) const;

  UniqueFd memfd_;
  std::vector<Mapping> mappings_;
  std::vector<MemoryRegion> regions_;
};

struct HostMemory {
  std::uint64_t total = 0;      ///< In bytes: MemTotal of /proc/meminfo.
  std::uint64_t available = 0;  ///< In bytes: MemAvailable.
};
/// Zeroes where /proc/meminfo can't be read.
[[nodiscard]] HostMemory read_host_memory();

/// One line for the log when a guest of that many bytes may need more than the host has.
[[nodiscard]] std::optional<std::string> overcommit_warning(std::uint64_t guest_bytes,
                                                            const HostMemory& host);

/// "512 MiB", "23.5 GiB".
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);

}  // namespace minivmm
