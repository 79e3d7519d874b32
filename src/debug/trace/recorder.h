#pragma once
// Records what happens in a machine, and writes it down on a thread of its own.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "debug/trace/trace_sink.h"
#include "minivmm/exit_observer.h"
#include "minivmm/request_observer.h"

namespace minivmm::debug {

/// A trace is whole: a vCPU that is quicker than the writer waits for it. A disk's thread doesn't,
/// since it holds the device's lock; nor does a network card's.
///
/// Ownership: owns its sinks and its thread. Threads: on_exit() as each vCPU, disk() and card() at
/// any time before finish(), their functions as each device's thread.
class TraceRecorder final : public ExitObserver {
 public:
  struct Sources {
    /// Where the vCPU's guest was; called on its own thread.
    std::function<std::uint64_t(unsigned cpu)> rip;
    unsigned cards = 0;  ///< Network cards.
  };
  TraceRecorder(unsigned cpus, unsigned disks, std::vector<std::unique_ptr<TraceSink>> sinks,
                Sources sources);
  ~TraceRecorder() override;

  void on_exit(unsigned cpu, const ExitRecord& record, const DevicePlace& place,
               Time exited) override;
  [[nodiscard]] RequestObserver& disk(unsigned number);
  [[nodiscard]] RequestObserver& card(unsigned number);

  /// Writes what is left, after all who are recorded have ended. Once.
  void finish();

 private:
  /// One thread's events; a lock that only the writer ever contends for.
  class Track;

  [[nodiscard]] std::chrono::nanoseconds since_start(Time time) const { return time - start_; }
  void wake_writer();
  void run();
  void write_all();

  const Time start_ = std::chrono::steady_clock::now();
  const Sources sources_;
  std::vector<std::unique_ptr<TraceSink>> sinks_;
  std::vector<std::unique_ptr<Track>> cpus_;
  std::vector<std::unique_ptr<Track>> disks_;
  std::vector<std::unique_ptr<Track>> cards_;

  std::mutex mutex_;  // Guards the two that follow.
  bool wanted_ = false;
  bool finished_ = false;
  std::condition_variable work_;
  std::thread thread_;
};

}  // namespace minivmm::debug
