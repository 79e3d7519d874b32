#include "top/report.h"

#include <fmt/core.h>

#include <span>
#include <string_view>

namespace minivmm::top {
namespace {

// For printable ASCII, which is all there is (stats::is_valid, view::plain_name).
std::string quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

double busy_share(std::uint32_t busy) {
  return static_cast<double>(busy) / LiveSample::kWholeCpu;
}

std::string_view state_name(LiveSample::CpuState state) {
  switch (state) {
    case LiveSample::CpuState::kRunning:
      return "running";
    case LiveSample::CpuState::kPaused:
      return "paused";
    case LiveSample::CpuState::kIdle:
      break;
  }
  return "idle";
}

std::string_view access_word(LiveSample::Access access) {
  switch (access) {
    case LiveSample::Access::kRead:
      return "\"read\"";
    case LiveSample::Access::kWrite:
      return "\"write\"";
    case LiveSample::Access::kNone:
      break;
  }
  return "null";
}

std::string object(const LiveSample::Device& device) {
  return fmt::format(R"({{"name":{},"exits":{}}})", quoted(text_of(device.name)), device.exits);
}

std::string object(const LiveSample::Register& one) {
  return fmt::format(R"({{"name":{},"access":{},"exits":{}}})", quoted(text_of(one.name)),
                     access_word(one.access), one.exits);
}

std::string object(const LiveSample::Cpu& cpu) {
  return fmt::format(R"({{"state":"{}","busy":{:.3f},"exits":{}}})", state_name(cpu.state),
                     busy_share(cpu.busy), cpu.exits);
}

std::string object(const LiveSample::Thread& thread) {
  return fmt::format(R"({{"name":{},"busy":{:.3f}}})", quoted(text_of(thread.name)),
                     busy_share(thread.busy));
}

std::string object(const LiveSample::Queue& queue) {
  return fmt::format(R"({{"name":{},"requests":{}}})", quoted(text_of(queue.name)), queue.requests);
}

template <typename Entry, std::size_t kRoom>
std::string array(const std::array<Entry, kRoom>& entries, std::uint32_t count) {
  std::string text = "[";
  for (const Entry& entry : std::span(entries).first(count))
    text += (text.size() > 1 ? "," : "") + object(entry);
  return text + "]";
}

}  // namespace

std::string json_line(const Name& name, const LiveSample& sample) {
  return fmt::format(
      R"({{"machine":{},"pid":{},"exits":{},"memory":{},"resident":{},"vcpus":{},"cpus":{},"devices":{},)"
      R"("registers":{},"queues":{},"threads":{}}})",
      quoted(name.machine), name.pid, sample.exits, sample.memory, sample.resident, sample.all_cpus,
      array(sample.cpus, sample.cpu_count), array(sample.devices, sample.device_count),
      array(sample.registers, sample.register_count), array(sample.queues, sample.queue_count),
      array(sample.threads, sample.thread_count));
}

}  // namespace minivmm::top
