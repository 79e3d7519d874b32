#include "boot/load_plan.h"

#include <fmt/core.h>

#include <algorithm>

#include "minivmm/error.h"

namespace minivmm::boot {
namespace {

void check_segment(const Segment& segment, Bytes file, std::string_view name) {
  if (segment.file_size > segment.memory_size) {
    throw ConfigError(fmt::format(
        "kernel \"{}\" is damaged: a segment has {:#x} bytes in the file but only {:#x} in memory; "
        "build or copy it again",
        name, segment.file_size, segment.memory_size));
  }
  if (!slice(file, segment.file_offset, segment.file_size)) {
    throw ConfigError(fmt::format(
        "kernel \"{}\" is truncated: a segment of {} at offset {:#x} ends beyond the "
        "file's {}; copy or build it again",
        name, human_size(segment.file_size), segment.file_offset, human_size(file.size())));
  }
  if (segment.address + segment.memory_size < segment.address) {
    throw ConfigError(fmt::format(
        "kernel \"{}\" is damaged: the segment at {:#x} wraps around the end of the address space; "
        "build or copy it again",
        name, segment.address));
  }
}

}  // namespace

std::uint64_t LoadPlan::lowest() const {
  return segments.empty() ? 0 : segments.front().address;
}

std::uint64_t LoadPlan::end() const {
  return segments.empty() ? 0 : segments.back().address + segments.back().memory_size;
}

void check_plan(LoadPlan& plan, Bytes file, std::string_view name) {
  std::vector<Segment>& segments = plan.segments;
  for (const Segment& segment : segments) check_segment(segment, file, name);
  segments.erase(std::remove_if(segments.begin(), segments.end(),
                                [](const Segment& segment) { return segment.memory_size == 0; }),
                 segments.end());
  if (segments.empty()) {
    throw ConfigError(fmt::format(
        "kernel \"{}\" has nothing to load (no PT_LOAD segment): link it as an executable", name));
  }
  std::sort(segments.begin(), segments.end(),
            [](const Segment& a, const Segment& b) { return a.address < b.address; });
  for (std::size_t i = 1; i < segments.size(); ++i) {
    const Segment& previous = segments[i - 1];
    if (segments[i].address - previous.address < previous.memory_size) {
      throw ConfigError(fmt::format(
          "kernel \"{}\" has two segments at the same physical address {:#x}: check the "
          "load addresses (AT) in its linker script",
          name, segments[i].address));
    }
  }
  const bool entry_loaded =
      std::any_of(segments.begin(), segments.end(), [&](const Segment& segment) {
        return plan.entry >= segment.address && plan.entry - segment.address < segment.memory_size;
      });
  if (!entry_loaded) {
    throw ConfigError(fmt::format(
        "kernel \"{}\" starts at {:#x}, outside of everything it loads: check its entry point",
        name, plan.entry));
  }
}

void load_segments(BootMemory& memory, const LoadPlan& plan, Bytes file, std::uint64_t delta,
                   std::string_view name) {
  for (const Segment& segment : plan.segments) {
    const GuestRange range{{segment.address + delta}, segment.memory_size};
    if (!memory.is_free(range)) {
      const GuestAddress low_end = memory.usable_end(kFourGiB);
      const std::uint64_t last = range.start.value + (range.size - 1);
      const bool too_small = range.start >= kOneMiB && last >= low_end.value;
      throw ConfigError(
          fmt::format("kernel \"{}\" wants memory at {:#x} to {:#x}, where this guest has none: {}",
                      name, range.start.value, last,
                      too_small && last < kFourGiB.value
                          ? fmt::format("give it at least {}", memory_option(last + 1))
                          : "link it to another address (1 MiB, for example)"));
    }
    memory.put(range, file.subspan(segment.file_offset, segment.file_size));
  }
}

}  // namespace minivmm::boot
