#pragma once
// What the threads of this process cost the host, as the kernel counts it (proc(5)).

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace minivmm {

struct ThreadTime {
  int id = 0;
  std::string name{};
  std::chrono::nanoseconds busy{0};  ///< On a processor, since it began.
  bool sleeps = false;               ///< At this moment.
};

/// All of them, by number. Empty where there is no /proc. Threads: any.
[[nodiscard]] std::vector<ThreadTime> read_thread_times();

/// Bytes of this process that are in memory; 0 where that can't be told. Threads: any.
[[nodiscard]] std::uint64_t read_resident_bytes();

}  // namespace minivmm
