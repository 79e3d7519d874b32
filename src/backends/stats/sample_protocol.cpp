#include "backends/stats/sample_protocol.h"

#include <algorithm>
#include <cstring>

namespace minivmm::stats {
namespace {

template <std::size_t kRoom>
bool is_printable(const ShortText<kRoom>& text) {
  const auto end = std::find(text.begin(), text.end(), '\0');
  return end != text.end() &&
         std::all_of(text.begin(), end, [](char c) { return c >= ' ' && c <= '~'; });
}

bool fits(const LiveSample& sample) {
  return sample.device_count <= sample.devices.size() &&
         sample.register_count <= sample.registers.size() &&
         sample.cpu_count <= sample.cpus.size() && sample.thread_count <= sample.threads.size() &&
         sample.queue_count <= sample.queues.size();
}

}  // namespace

bool is_ask(std::span<const std::byte> bytes) {
  Ask ask;
  if (bytes.size() != sizeof ask) return false;
  std::memcpy(&ask, bytes.data(), sizeof ask);
  return ask.magic == kMagic;
}

bool is_valid(const LiveSample& sample) {
  const auto named = [](const auto& entry) { return is_printable(entry.name); };
  return fits(sample) && std::ranges::all_of(sample.devices, named) &&
         std::ranges::all_of(sample.registers, named) &&
         std::ranges::all_of(sample.threads, named) && std::ranges::all_of(sample.queues, named) &&
         std::ranges::all_of(
             sample.registers,
             [](const auto& entry) { return entry.access <= LiveSample::Access::kNone; }) &&
         std::ranges::all_of(sample.cpus, [](const LiveSample::Cpu& cpu) {
           return cpu.state <= LiveSample::CpuState::kPaused && cpu.busy <= LiveSample::kWholeCpu;
         });
}

std::optional<LiveSample> parse_answer(std::span<const std::byte> bytes) {
  Answer answer;
  if (bytes.size() != sizeof answer) return std::nullopt;
  std::memcpy(static_cast<void*>(&answer), bytes.data(), sizeof answer);
  if (answer.magic != kMagic || !is_valid(answer.sample)) return std::nullopt;
  return answer.sample;
}

}  // namespace minivmm::stats
