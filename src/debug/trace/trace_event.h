#pragma once
// What a trace consists of.

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>

#include "minivmm/exit_observer.h"
#include "minivmm/request_observer.h"

namespace minivmm::debug {

/// An exit of one vCPU, until the vCPU was let in again.
struct TracedExit {
  ExitRecord record{};
  DevicePlace place{};
  std::uint64_t rip = 0;  ///< As KVM left it; of the instruction that exited, or behind it.
};

struct TracedRequest {
  std::string_view what{};  ///< Of static storage.
  unsigned queue = 0;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  int error = 0;
};

/// What a disk's or a network card's thread did between two sleeps.
struct TracedWork {
  unsigned taken = 0;
  unsigned answered = 0;
};

struct TraceEvent {
  std::chrono::nanoseconds start{0};  ///< Since the machine was made.
  std::chrono::nanoseconds duration{0};
  std::variant<TracedExit, TracedRequest, TracedWork> what{};
};

/// Whom an event is of: the threads that docs/design.md lists.
struct TraceTrack {
  enum class Kind : std::uint8_t { kCpu, kDisk, kCard };
  Kind kind = Kind::kCpu;
  unsigned number = 0;
};

}  // namespace minivmm::debug
