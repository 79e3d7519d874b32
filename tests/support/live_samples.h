#pragma once
// A sample of a machine that does something, with as much in it as a test asks for.

#include <fmt/core.h>

#include "minivmm/live_sample.h"

namespace minivmm::test {

struct Amounts {
  std::uint32_t cpus = 2;
  std::uint32_t devices = 3;
  std::uint32_t registers = 4;
};

/// device0 has the most exits, register0 too; vCPU 0 runs, all others are idle.
[[nodiscard]] inline LiveSample make_sample(const Amounts& amounts = {}) {
  LiveSample sample{.memory = 64ull << 20,
                    .resident = 10ull << 20,
                    .exits = 1000,
                    .all_cpus = amounts.cpus,
                    .device_count = amounts.devices,
                    .register_count = amounts.registers,
                    .cpu_count = std::min(amounts.cpus, LiveSample::kMostCpus),
                    .thread_count = 1,
                    .queue_count = 1};
  for (std::uint32_t i = 0; i < amounts.devices; ++i) {
    set_text(sample.devices[i].name, fmt::format("device{}", i));
    sample.devices[i].exits = 500 - i;
  }
  for (std::uint32_t i = 0; i < amounts.registers; ++i) {
    set_text(sample.registers[i].name, fmt::format("device0.register{}", i));
    sample.registers[i].access = LiveSample::Access::kWrite;
    sample.registers[i].exits = 400 - i;
  }
  sample.cpus[0] = {.state = LiveSample::CpuState::kRunning, .busy = 987, .exits = 1000};
  set_text(sample.threads[0].name, "disk-0");
  sample.threads[0].busy = 120;
  set_text(sample.queues[0].name, "virtio-blk0");
  sample.queues[0].requests = 4321;
  return sample;
}

}  // namespace minivmm::test
