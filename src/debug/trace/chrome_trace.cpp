#include "debug/trace/chrome_trace.h"

#include <chrono>
#include <string_view>

#include "debug/exit_text.h"

namespace minivmm::debug {
namespace {

// Of the format; any number does, but 0 is the idle process's.
constexpr unsigned kProcess = 1;
constexpr unsigned kKinds = 10'000;  // Apart from each other: beyond every vCPU, and every disk.

unsigned thread_of(TraceTrack track) {
  return 1 + track.number + static_cast<unsigned>(track.kind) * kKinds;
}

std::string_view kind_of(TraceTrack track) {
  switch (track.kind) {
    case TraceTrack::Kind::kCpu:
      return "vCPU";
    case TraceTrack::Kind::kDisk:
      return "disk";
    case TraceTrack::Kind::kCard:
      break;
  }
  return "card";
}

double microseconds(std::chrono::nanoseconds time) {
  return static_cast<double>(time.count()) / 1000;
}

std::string exit_name(const TracedExit& exit) {
  const auto access = access_of(exit.record.kind);
  if (!access) return std::string(kind_name(exit.record.kind));
  const std::string_view verb = *access == Access::kRead ? "read" : "write";
  const DevicePlace& place = exit.place;
  if (place.device.empty()) {
    const auto space = space_of(exit.record.kind);
    const std::string_view where = !space                           ? "MSR"
                                   : *space == AddressSpace::kPorts ? "port"
                                                                    : "memory";
    return fmt::format("{} {} {:#x}", verb, where, exit.record.address);
  }
  if (place.register_name.empty()) return fmt::format("{} {}", verb, place.device);
  return fmt::format("{} {}.{}", verb, place.device, place.register_name);
}

}  // namespace

ChromeTrace::ChromeTrace(const std::string& path) : file_("--trace", path) {
  file_.print(R"({{"displayTimeUnit":"ns","traceEvents":[)");
  begin_event();
  file_.print(R"("name":"process_name","ph":"M","pid":{},"tid":0,"args":{{"name":"minivmm"}}}})",
              kProcess);
}

void ChromeTrace::begin_event() {
  file_.print("{}\n{{", std::exchange(any_, true) ? "," : "");
}

void ChromeTrace::name_track(TraceTrack track) {
  const unsigned thread = thread_of(track);
  if (!named_.insert(thread).second) return;
  begin_event();
  file_.print(R"("name":"thread_name","ph":"M","pid":{},"tid":{},"args":{{"name":"{} {}"}}}})",
              kProcess, thread, kind_of(track), track.number);
}

void ChromeTrace::write(TraceTrack track, std::span<const TraceEvent> events) {
  if (!events.empty()) name_track(track);
  for (const TraceEvent& event : events) {
    if (const auto* exit = std::get_if<TracedExit>(&event.what)) {
      write_exit(track, event, *exit);
    } else if (const auto* request = std::get_if<TracedRequest>(&event.what)) {
      write_request(track, event, *request);
    } else {
      write_work(track, event, std::get<TracedWork>(event.what));
    }
  }
  file_.flush();
}

// Complete events.
void ChromeTrace::write_exit(TraceTrack track, const TraceEvent& event, const TracedExit& exit) {
  begin_event();
  file_.print(R"("name":"{}","cat":"exit","ph":"X","pid":{},"tid":{},"ts":{:.3f},"dur":{:.3f})",
              exit_name(exit), kProcess, thread_of(track), microseconds(event.start),
              microseconds(event.duration));
  file_.print(R"(,"args":{{"reason":"{}","rip":"{:#x}")", kind_name(exit.record.kind), exit.rip);
  if (access_of(exit.record.kind)) {
    file_.print(R"(,"address":"{:#x}","width":{},"value":"{:#x}","count":{})", exit.record.address,
                exit.record.width, exit.record.value, exit.record.repeated);
  }
  file_.print("}}}}");
}

// Nestable asynchronous events: requests of one thread overlap.
void ChromeTrace::write_request(TraceTrack track, const TraceEvent& event,
                                const TracedRequest& request) {
  const std::string common =
      fmt::format(R"("name":"{} {} {}","cat":"{}","id":"{:#x}","pid":{},"tid":{})", request.what,
                  kind_of(track), track.number,
                  track.kind == TraceTrack::Kind::kCard ? "virtio-net" : "virtio-blk", ++requests_,
                  kProcess, thread_of(track));
  begin_event();
  file_.print(R"({},"ph":"b","ts":{:.3f},"args":{{"queue":{},"offset":"{:#x}","bytes":{}}}}})",
              common, microseconds(event.start), request.queue, request.offset, request.length);
  begin_event();
  file_.print(R"({},"ph":"e","ts":{:.3f},"args":{{"errno":{}}}}})", common,
              microseconds(event.start + event.duration), request.error);
}

void ChromeTrace::write_work(TraceTrack track, const TraceEvent& event, const TracedWork& work) {
  begin_event();
  file_.print(R"("name":"serve","cat":"{}","ph":"X","pid":{},"tid":{},"ts":{:.3f},"dur":{:.3f})",
              kind_of(track), kProcess, thread_of(track), microseconds(event.start),
              microseconds(event.duration));
  file_.print(R"(,"args":{{"taken":{},"answered":{}}}}})", work.taken, work.answered);
}

void ChromeTrace::finish() {
  file_.print("\n]}}\n");
  file_.flush();
}

}  // namespace minivmm::debug
