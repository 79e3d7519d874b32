#include "smp/clocks.h"

#include "lib/exit.h"
#include "lib/print.h"
#include "smp/cpus.h"

namespace {

constexpr unsigned kRounds = 300;

/// Two CPUs take turns at random; each compares its clock with the latest time that either saw.
struct Contest {
  unsigned lock = 0;
  std::uint64_t latest = 0;
  unsigned backward_steps = 0;
};
Contest contest;

std::uint64_t read_own_tsc(unsigned) {
  return guest::read_tsc();
}
std::uint64_t read_own_kvm_clock(unsigned index) {
  return guest::kvm_clock(cpu(index).kvm_clock);
}

template <std::uint64_t (*read_clock)(unsigned)>
void take_turns(unsigned index) {
  for (unsigned round = 0; round < kRounds; ++round) {
    while (__atomic_exchange_n(&contest.lock, 1, __ATOMIC_ACQUIRE) != 0) guest::pause();
    const std::uint64_t now = read_clock(index);
    if (now < contest.latest) ++contest.backward_steps;
    contest.latest = now;
    __atomic_store_n(&contest.lock, 0, __ATOMIC_RELEASE);
    guest::pause();
  }
}

template <std::uint64_t (*read_clock)(unsigned)>
unsigned backward_steps(unsigned other) {
  contest = {};
  run_on_both(other, take_turns<read_clock>);
  return contest.backward_steps;
}

/// KVM's clock against the PM timer. Each reading of the clock lies between two of the timer, so
/// that it doesn't matter how long the host takes a CPU away.
void check_kvm_clock_rate() {
  using namespace guest;
  const KvmClockPage& page = cpu(0).kvm_clock;
  const std::uint32_t start_before = pm_timer();
  const std::uint64_t start = kvm_clock(page);
  const std::uint32_t start_after = pm_timer();
  delay_microseconds(20'000);
  const std::uint32_t end_before = pm_timer();
  const std::uint64_t elapsed = kvm_clock(page) - start;
  const std::uint32_t end_after = pm_timer();
  constexpr std::uint64_t kBillion = 1'000'000'000;
  const std::uint64_t least = pm_ticks(start_after, end_before) * kBillion / kPmTimerHz;
  const std::uint64_t most = pm_ticks(start_before, end_after) * kBillion / kPmTimerHz;
  print("kvmclock: {} us, PM timer: {} to {} us\n", elapsed / 1000, least / 1000, most / 1000);
  check(elapsed >= least - least / 100 && elapsed <= most + most / 100,
        "kvmclock and the PM timer agree within a hundredth");
}

}  // namespace

void check_clocks() {
  using namespace guest;
  for (unsigned i = 1; i < cpus_running(); ++i) {
    check(backward_steps<read_own_tsc>(i) == 0, "the TSC never runs backwards between two CPUs");
  }
  if (!has_kvm_clock()) {
    print("no kvmclock here\n");
    return;
  }
  for (unsigned i = 0; i < cpus_running(); ++i) {
    check(cpu(i).kvm_clock.tsc_to_system_mul != 0, "KVM fills the clock page of every CPU");
  }
  check_kvm_clock_rate();
  if ((cpu(0).kvm_clock.flags & kKvmClockStable) == 0) {
    print("kvmclock makes no promise between CPUs\n");
    return;
  }
  for (unsigned i = 1; i < cpus_running(); ++i) {
    check(backward_steps<read_own_kvm_clock>(i) == 0,
          "kvmclock never runs backwards between two CPUs");
  }
}
