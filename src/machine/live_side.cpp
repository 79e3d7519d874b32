#include "machine/live_side.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <exception>
#include <future>
#include <optional>
#include <string_view>
#include <utility>

#include "backends/display/view_sockets.h"
#include "host/log.h"
#include "machine/screen_side.h"

namespace minivmm {
namespace {

using Nanoseconds = std::chrono::nanoseconds;

std::uint32_t share(Nanoseconds busy, Nanoseconds time) {
  const double part = std::chrono::duration<double>(busy) / std::chrono::duration<double>(time);
  return static_cast<std::uint32_t>(std::clamp(part, 0.0, 1.0) * LiveSample::kWholeCpu + 0.5);
}

// "vcpu-3", as VcpuThread names itself.
std::optional<unsigned> cpu_of(std::string_view thread) {
  constexpr std::string_view kPrefix = "vcpu-";
  if (!thread.starts_with(kPrefix)) return std::nullopt;
  thread.remove_prefix(kPrefix.size());
  unsigned cpu = 0;
  const auto [end, error] = std::from_chars(thread.data(), thread.data() + thread.size(), cpu);
  const bool whole = error == std::errc() && end == thread.data() + thread.size();
  return whole ? std::optional(cpu) : std::nullopt;
}

}  // namespace

LiveSide::LiveSide(const MachineConfig& config, Wiring wiring)
    : name_(guest_name(config)),
      memory_(config.memory),
      cpus_(config.cpus),
      wiring_(std::move(wiring)),
      rates_(config.cpus),
      server_(loop_, [this] { sampler_.ask(); }),
      sampler_(loop_, {.now = [] { return std::chrono::steady_clock::now(); },
                       .begin = [this] { begin(); },
                       .take = [this] { take(); },
                       .end = [this] { end(); }}) {}

void LiveSide::close() {
  loop_.stop();
  if (thread_.joinable()) thread_.join();
}

void LiveSide::open() {
  if (thread_.joinable()) return;
  listen();
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "live");
    loop_.run();
  });
}

// The machine runs as well without anybody who could look.
void LiveSide::listen() {
  try {
    server_.listen(view::socket_path(name_, ::getpid(), view::Door::kStatistics));
  } catch (const std::exception& error) {
    log::info("minivmm top won't find this machine: {}", error.what());
  }
}

void LiveSide::enter_board(const DeviceDirectory& devices) {
  const std::lock_guard guard(board_mutex_);
  devices_ = &devices;
}

void LiveSide::leave_board() {
  const std::lock_guard guard(board_mutex_);
  devices_ = nullptr;
  answered_.clear();
}

void LiveSide::ask(Deliver deliver) {
  loop_.post([this, deliver = std::move(deliver)] {
    deliver_ = deliver;
    sampler_.ask();
  });
}

void LiveSide::begin() {
  last_ = std::chrono::steady_clock::now();
  (void)work_since_last(LiveSampler::kSecond);
  (void)answered_since_last();
  rates_.begin(last_);
  wiring_.attach(rates_);
}

// A queue that was started anew begins at 0 again.
std::map<std::string, std::uint64_t> LiveSide::answered_since_last() {
  std::map<std::string, std::uint64_t> grown;
  const std::lock_guard guard(board_mutex_);
  if (devices_ == nullptr) return grown;
  for (const std::string& device : devices_->names()) {
    for (const QueueView& queue : devices_->queues(device)) {
      const std::uint64_t last = std::exchange(answered_[{device, queue.index}], queue.answered);
      grown[device] += queue.answered - (queue.answered < last ? 0 : last);
    }
  }
  return grown;
}

void LiveSide::take() {
  const Time now = std::chrono::steady_clock::now();
  const Nanoseconds time = now - std::exchange(last_, now);
  LiveSample sample{.memory = memory_, .resident = read_resident_bytes(), .all_cpus = cpus_};
  sample.cpu_count = std::min(cpus_, LiveSample::kMostCpus);
  fill_threads(sample, time);
  fill_queues(sample, time);
  rates_.take(
      now,
      [this](AddressSpace space, std::uint64_t address, Access access) {
        return place(space, address, access);
      },
      sample);
  server_.answer(sample);
  if (deliver_) std::exchange(deliver_, {})(sample);
}

DevicePlace LiveSide::place(AddressSpace space, std::uint64_t address, Access access) {
  const std::lock_guard guard(board_mutex_);
  return devices_ != nullptr ? devices_->place(space, address, access) : DevicePlace{};
}

std::vector<LiveSide::Work> LiveSide::work_since_last(Nanoseconds time) {
  std::vector<Work> all;
  std::map<int, Nanoseconds> times;
  for (const ThreadTime& thread : read_thread_times()) {
    const auto last = thread_times_.find(thread.id);
    const Nanoseconds before = last == thread_times_.end() ? Nanoseconds{} : last->second;
    times[thread.id] = thread.busy;
    all.push_back({thread.name, share(thread.busy - before, time), thread.sleeps});
  }
  thread_times_ = std::move(times);
  return all;
}

void LiveSide::fill_threads(LiveSample& sample, Nanoseconds time) {
  std::vector<Work> others;
  for (const Work& work : work_since_last(time)) {
    const auto cpu = cpu_of(work.name);
    if (!cpu) {
      others.push_back(work);
    } else if (*cpu < sample.cpu_count) {
      const bool idle = work.sleeps && work.busy < LiveSample::kWholeCpu / 2;
      const bool paused = wiring_.control.paused() || wiring_.gate.holds(*cpu);
      sample.cpus[*cpu].busy = work.busy;
      sample.cpus[*cpu].state = paused ? LiveSample::CpuState::kPaused
                                : idle ? LiveSample::CpuState::kIdle
                                       : LiveSample::CpuState::kRunning;
    }
  }
  std::ranges::stable_sort(others, std::ranges::greater{}, &Work::busy);
  others.resize(std::min(others.size(), sample.threads.size()));
  sample.thread_count = static_cast<std::uint32_t>(others.size());
  for (std::size_t i = 0; i < others.size(); ++i) {
    set_text(sample.threads[i].name, others[i].name);
    sample.threads[i].busy = others[i].busy;
  }
}

void LiveSide::fill_queues(LiveSample& sample, Nanoseconds time) {
  const auto answered = answered_since_last();
  std::vector<std::pair<std::string, std::uint64_t>> busy(answered.begin(), answered.end());
  std::erase_if(busy, [](const auto& device) { return device.second == 0; });
  std::ranges::stable_sort(busy, std::ranges::greater{}, [](const auto& d) { return d.second; });
  busy.resize(std::min(busy.size(), sample.queues.size()));
  sample.queue_count = static_cast<std::uint32_t>(busy.size());
  const double seconds = std::chrono::duration<double>(time).count();
  for (std::size_t i = 0; i < busy.size(); ++i) {
    set_text(sample.queues[i].name, busy[i].first);
    sample.queues[i].requests =
        static_cast<std::uint32_t>(static_cast<double>(busy[i].second) / seconds + 0.5);
  }
}

}  // namespace minivmm
