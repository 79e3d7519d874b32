#pragma once
// What of a file goes where in memory, and where to start: the common result of parsing ELF files
// and multiboot's address fields, checked before anything is written.

#include <cstdint>
#include <string_view>
#include <vector>

#include "boot/boot_memory.h"
#include "boot/bytes.h"

namespace minivmm::boot {

struct Segment {
  std::uint64_t file_offset = 0;
  std::uint64_t file_size = 0;
  std::uint64_t address = 0;      ///< Guest-physical.
  std::uint64_t memory_size = 0;  ///< At least file_size; the rest is zeroed.
};

struct LoadPlan {
  std::vector<Segment> segments{};  ///< Sorted by address, none empty.
  std::uint64_t entry = 0;          ///< Guest-physical.

  [[nodiscard]] std::uint64_t lowest() const;
  /// One past the last byte of the last segment.
  [[nodiscard]] std::uint64_t end() const;
};

/// Sorts the segments, drops empty ones and checks all: inside of the file, no overflow, no two at
/// the same place, the entry inside of one. Errors: ConfigError.
void check_plan(LoadPlan& plan, Bytes file, std::string_view name);

/// Copies every segment to its address plus delta (modulo 2^64).
/// Errors: ConfigError, when a segment has no RAM there; it says how much the kernel needs.
void load_segments(BootMemory& memory, const LoadPlan& plan, Bytes file, std::uint64_t delta,
                   std::string_view name);

}  // namespace minivmm::boot
