#include "debug/trace/exit_lines.h"

#include "debug/exit_text.h"

namespace minivmm::debug {
namespace {

std::string_view space_name(ExitKind kind) {
  const auto space = space_of(kind);
  if (!space) return "msr";
  return *space == AddressSpace::kPorts ? "port" : "memory";
}

}  // namespace

void ExitLines::write(TraceTrack track, std::span<const TraceEvent> events) {
  if (track.kind != TraceTrack::Kind::kCpu) return;
  for (const TraceEvent& event : events) {
    const auto* exit = std::get_if<TracedExit>(&event.what);
    if (exit == nullptr) continue;
    const ExitRecord& record = exit->record;
    file_.print(
        R"({{"number":{},"cpu":{},"time_ns":{},"duration_ns":{},"reason":"{}","rip":"{:#x}")",
        ++number_, track.number, event.start.count(), event.duration.count(),
        kind_name(record.kind), exit->rip);
    if (const auto access = access_of(record.kind)) {
      file_.print(R"(,"space":"{}","address":"{:#x}","device":"{}","register":"{}","access":"{}")"
                  R"(,"width":{},"value":"{:#x}","count":{})",
                  space_name(record.kind), record.address, exit->place.device,
                  exit->place.register_name, *access == Access::kRead ? "read" : "write",
                  record.width, record.value, record.repeated);
    }
    file_.print("}}\n");
  }
  file_.flush();
}

}  // namespace minivmm::debug
