#pragma once
// --trace-exits: one JSON object a line for each exit (https://jsonlines.org).

#include <string>

#include "debug/trace/trace_file.h"
#include "debug/trace/trace_sink.h"

namespace minivmm::debug {

/// Members of each object: number, cpu, time_ns, duration_ns, reason, rip; of accesses also space,
/// address, device, register (both "" where nobody answers), access, width, value, count. Addresses
/// and values are strings in hexadecimal, since JSON's numbers end at 2^53.
class ExitLines final : public TraceSink {
 public:
  explicit ExitLines(const std::string& path) : file_("--trace-exits", path) {}

  void write(TraceTrack track, std::span<const TraceEvent> events) override;
  void finish() override { file_.flush(); }

 private:
  TraceFile file_;
  std::uint64_t number_ = 0;
};

}  // namespace minivmm::debug
