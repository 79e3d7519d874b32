#pragma once
// Where the time of a start went (--timing).

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace minivmm {

/// Threads: any.
class Timeline {
 public:
  enum class Recording { kOff, kOn };
  explicit Timeline(Recording recording) : on_(recording == Recording::kOn) {}

  /// What has just been finished; costs a branch when off.
  void mark(std::string_view step) {
    if (on_) record(step);
  }
  [[nodiscard]] bool on() const { return on_; }
  /// One line a step: microseconds since the first one began, what it took itself, its name. Ends
  /// with the last step's time of CLOCK_MONOTONIC in ns, so that a caller can subtract its own.
  [[nodiscard]] std::string report() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Step {
    std::string name;
    Clock::time_point at;
  };

  void record(std::string_view step);

  const bool on_;
  const Clock::time_point start_ = Clock::now();
  mutable std::mutex mutex_;
  std::vector<Step> steps_;  // Guarded by mutex_.
};

}  // namespace minivmm
