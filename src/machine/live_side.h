#pragma once
// The machine as "minivmm top" and the window's overlay see it: counted while somebody looks.

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "backends/stats/stats_server.h"
#include "debug/live_rates.h"
#include "host/epoll_loop.h"
#include "host/thread_times.h"
#include "machine/debug_gate.h"
#include "machine/device_directory.h"
#include "machine/live_sampler.h"
#include "machine/run_control.h"
#include "minivmm/live_sample.h"
#include "minivmm/machine_config.h"

namespace minivmm {

/// Kept through the guest's resets. While nobody looks there is a socket, and a thread that waits.
/// That thread, "live", is one of its own because it takes devices' locks, and a device may be
/// waiting for a slow reader of its serial line.
///
/// Ownership: refers to everything in Wiring, which must outlive it.
/// Threads: the machine's, but ask().
/// Errors: the constructor throws HostError.
class LiveSide {
 public:
  struct Wiring {
    const RunControl& control;
    const DebugGate& gate;
    /// Exits are told to it from now on, or no more; called on the thread "live".
    std::function<void(ExitObserver&)> attach;
    std::function<void(ExitObserver&)> detach;
  };
  LiveSide(const MachineConfig& config, Wiring wiring);
  ~LiveSide() { close(); }
  LiveSide(const LiveSide&) = delete;
  LiveSide& operator=(const LiveSide&) = delete;

  /// Makes the socket and starts the thread, once; after the vCPUs, which need not wait for it.
  void open();
  /// Nobody is delivered anything any more.
  void close();

  void enter_board(const DeviceDirectory& devices);
  void leave_board();

  /// The next sample is given to deliver, on the thread "live"; replaces an earlier deliver that
  /// still waits. Threads: any.
  using Deliver = std::function<void(const LiveSample&)>;
  void ask(Deliver deliver);

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Work {
    std::string name{};
    std::uint32_t busy = 0;
    bool sleeps = false;
  };

  void listen();
  void begin();
  void end() { wiring_.detach(rates_); }
  void take();
  [[nodiscard]] DevicePlace place(AddressSpace space, std::uint64_t address, Access access);
  [[nodiscard]] std::map<std::string, std::uint64_t> answered_since_last();
  [[nodiscard]] std::vector<Work> work_since_last(std::chrono::nanoseconds time);
  void fill_threads(LiveSample& sample, std::chrono::nanoseconds time);
  void fill_queues(LiveSample& sample, std::chrono::nanoseconds time);

  // Configuration.
  const std::string name_;
  const std::uint64_t memory_;
  const unsigned cpus_;

  // Wiring.
  const Wiring wiring_;

  // State.
  debug::LiveRates rates_;
  std::mutex board_mutex_;
  const DeviceDirectory* devices_ = nullptr;  // Guarded by board_mutex_.
  // By device and queue; guarded by board_mutex_.
  std::map<std::pair<std::string, unsigned>, std::uint64_t> answered_;

  // State of the thread "live".
  Deliver deliver_;
  Time last_{};
  std::map<int, std::chrono::nanoseconds> thread_times_;

  EpollLoop loop_;
  stats::StatsServer server_;
  LiveSampler sampler_;
  std::thread thread_;
};

}  // namespace minivmm
