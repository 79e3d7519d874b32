#include "debug/breakpoints.h"

#include "debug/exit_text.h"

namespace minivmm::debug {

bool is_named(std::string_view register_name, std::string_view wanted) {
  if (!register_name.starts_with(wanted)) return false;
  return register_name.size() == wanted.size() || register_name[wanted.size()] == ' ';
}

bool matches(const Breakpoint& breakpoint, const ExitRecord& record, const DevicePlace& place) {
  if (breakpoint.kind != Breakpoint::Kind::kExit) return false;
  if (breakpoint.reason) return record.kind == *breakpoint.reason;
  const auto access = access_of(record.kind);
  if (!access || (breakpoint.access && *breakpoint.access != *access)) return false;
  const auto space = space_of(record.kind);
  if (breakpoint.msr != !space.has_value()) return false;
  if (breakpoint.space && breakpoint.space != space) return false;
  if (breakpoint.size != 0) {
    const bool before = record.address + record.width <= breakpoint.start;
    const bool behind =
        record.address >= breakpoint.start && record.address - breakpoint.start >= breakpoint.size;
    if (breakpoint.msr ? record.address != breakpoint.start : before || behind) return false;
  }
  if (breakpoint.device.empty()) return true;
  return place.device == breakpoint.device &&
         (breakpoint.register_name.empty() ||
          is_named(place.register_name, breakpoint.register_name));
}

}  // namespace minivmm::debug
