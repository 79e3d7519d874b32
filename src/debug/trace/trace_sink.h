#pragma once
// Where a trace goes to.

#include <span>

#include "debug/trace/trace_event.h"

namespace minivmm::debug {

/// Threads: one, the recorder's writer; finish() after it.
/// Errors: a file that can't be written any more is told once in the log, and the rest is lost.
class TraceSink {
 public:
  virtual ~TraceSink() = default;
  /// Events of one track, in the order in which they ended.
  virtual void write(TraceTrack track, std::span<const TraceEvent> events) = 0;
  /// Nothing comes after it.
  virtual void finish() = 0;
};

}  // namespace minivmm::debug
