#pragma once
// For fuzz targets: what a sample that was let in must be like.

#include <cstdlib>
#include <span>

#include "minivmm/live_sample.h"

namespace minivmm::test {

inline void require(bool holds) {
  if (!holds) std::abort();
}

template <typename Entry, std::size_t kRoom>
void require_names(const std::array<Entry, kRoom>& entries, std::uint32_t count) {
  require(count <= entries.size());
  for (const Entry& entry : std::span(entries).first(count)) {
    require(text_of(entry.name).size() < entry.name.size());
    for (const char c : text_of(entry.name)) require(c >= ' ' && c <= '~');
  }
}

/// Aborts where it isn't.
inline void require_printable(const LiveSample& sample) {
  require_names(sample.devices, sample.device_count);
  require_names(sample.registers, sample.register_count);
  require_names(sample.threads, sample.thread_count);
  require_names(sample.queues, sample.queue_count);
  require(sample.cpu_count <= sample.cpus.size());
  for (const LiveSample::Cpu& cpu : sample.cpus)
    require(cpu.busy <= LiveSample::kWholeCpu && cpu.state <= LiveSample::CpuState::kPaused);
}

}  // namespace minivmm::test
