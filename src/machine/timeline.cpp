#include "machine/timeline.h"

#include <fmt/core.h>

namespace minivmm {

void Timeline::record(std::string_view step) {
  const std::lock_guard guard(mutex_);
  steps_.push_back({std::string(step), Clock::now()});
}

std::string Timeline::report() const {
  const auto microseconds = [](Clock::duration time) {
    return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  };
  const std::lock_guard guard(mutex_);
  std::string text = "timing:  since start    step us\n";
  Clock::time_point before = start_;
  for (const Step& step : steps_) {
    text += fmt::format("timing: {:>12} {:>10}  {}\n", microseconds(step.at - start_),
                        microseconds(step.at - before), step.name);
    before = step.at;
  }
  text += fmt::format("timing: last step at {} ns of CLOCK_MONOTONIC\n",
                      std::chrono::nanoseconds(before.time_since_epoch()).count());
  return text;
}

}  // namespace minivmm
