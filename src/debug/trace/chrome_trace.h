#pragma once
// --trace: the trace event format that Chrome's tracing and Perfetto open (Trace Event Format, the
// document of the Chromium project; times are in microseconds).

#include <set>
#include <string>
#include <utility>

#include "debug/trace/trace_file.h"
#include "debug/trace/trace_sink.h"

namespace minivmm::debug {

/// A track for each vCPU, on which slices are the times outside of the guest, and for each disk's
/// thread, on which slices are its work; requests are asynchronous slices of their own.
class ChromeTrace final : public TraceSink {
 public:
  explicit ChromeTrace(const std::string& path);

  void write(TraceTrack track, std::span<const TraceEvent> events) override;
  void finish() override;

 private:
  void begin_event();
  void name_track(TraceTrack track);
  void write_exit(TraceTrack track, const TraceEvent& event, const TracedExit& exit);
  void write_request(TraceTrack track, const TraceEvent& event, const TracedRequest& request);
  void write_work(TraceTrack track, const TraceEvent& event, const TracedWork& work);

  TraceFile file_;
  bool any_ = false;
  std::uint64_t requests_ = 0;
  std::set<unsigned> named_;  // Tracks, by their thread number.
};

}  // namespace minivmm::debug
