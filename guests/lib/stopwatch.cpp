#include "lib/stopwatch.h"

#include "lib/cpu.h"

namespace guest {

void Stopwatch::init() {
  kvm_clock_ = has_kvm_clock();
  if (kvm_clock_) {
    start_kvm_clock(page_);
    return;
  }
  constexpr std::uint32_t kMicroseconds = 20'000;
  const std::uint32_t pm_start = pm_timer();
  const std::uint64_t start = read_tsc();
  delay_microseconds(kMicroseconds);
  const std::uint64_t ticks = read_tsc() - start;
  tsc_per_millisecond_ = ticks * kPmTimerHz / pm_ticks(pm_start, pm_timer()) / 1000;
}

std::uint64_t Stopwatch::microseconds() const {
  return kvm_clock_ ? kvm_clock(page_) / 1000 : read_tsc() * 1000 / tsc_per_millisecond_;
}

}  // namespace guest
