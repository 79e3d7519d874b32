#pragma once
// When the machine is counted and sampled: for as long as somebody asks, and no longer.

#include <chrono>
#include <functional>
#include <memory>

#include "minivmm/event_loop.h"

namespace minivmm {

/// Who asks is answered at the end of the second that runs; where nobody ran one, it begins with
/// the question. After kPatience seconds without a question it ends.
///
/// Threads: the loop's.
class LiveSampler {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::nanoseconds kSecond = std::chrono::seconds(1);
  static constexpr unsigned kPatience = 2;

  struct Hooks {
    std::function<Time()> now;
    std::function<void()> begin;  ///< Counting begins.
    std::function<void()> take;   ///< The sample is made and given to all who asked.
    std::function<void()> end;    ///< Counting ends.
  };
  LiveSampler(EventLoop& loop, Hooks hooks);

  void ask();

 private:
  void end_second();

  const Hooks hooks_;
  bool counting_ = false;
  bool asked_ = false;
  unsigned unasked_ = 0;  // Seconds since the last question.
  Time next_{};
  std::unique_ptr<EventLoop::Timer> timer_;  // Last: its callback uses the rest.
};

}  // namespace minivmm
