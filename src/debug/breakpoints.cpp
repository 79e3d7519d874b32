#include "debug/breakpoints.h"

#include <array>
#include <utility>

#include "debug/exit_text.h"

namespace minivmm::debug {
namespace {

constexpr std::array<std::pair<std::string_view, ExitKind>, 10> kReasons{
    {{"pio-in", ExitKind::kPioIn},
     {"pio-out", ExitKind::kPioOut},
     {"mmio-read", ExitKind::kMmioRead},
     {"mmio-write", ExitKind::kMmioWrite},
     {"msr-read", ExitKind::kMsrRead},
     {"msr-write", ExitKind::kMsrWrite},
     {"halt", ExitKind::kHalt},
     {"shutdown", ExitKind::kShutdown},
     {"debug", ExitKind::kDebug},
     {"other", ExitKind::kOther}}};

}  // namespace

std::optional<ExitKind> exit_kind(std::string_view why) {
  for (const auto& [name, kind] : kReasons) {
    if (name == why) return kind;
  }
  return std::nullopt;
}

std::vector<std::string> exit_kinds() {
  std::vector<std::string> names;
  names.reserve(kReasons.size());
  for (const auto& [name, kind] : kReasons) names.emplace_back(name);
  return names;
}

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
