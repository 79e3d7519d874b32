#include "timer/local.h"

#include "lib/apic.h"
#include "lib/exit.h"
#include "lib/interrupts.h"
#include "lib/print.h"
#include "timer/ticks.h"

namespace {

using namespace guest;

constexpr std::uint8_t kTimerVector = 0x41;
constexpr std::uint32_t kCpuidTscDeadline = 1u << 24;  // CPUID leaf 1, ECX.

volatile std::uint64_t tick_tsc = 0;

GUEST_INTERRUPT void on_timer(InterruptFrame*) {
  tick_tsc = read_tsc();
  ticks = ticks + 1;
  lapic_end();
}

/// How many of its steps the timer counts in `microseconds`, nearly.
std::uint32_t lapic_steps(std::uint32_t microseconds) {
  lapic_write(LapicRegister::kTimer, kTimerVector | kTimerOneShot | kLvtMasked);
  lapic_write(LapicRegister::kTimerInitial, ~0u);
  delay_microseconds(microseconds);
  const std::uint32_t left = lapic_read(LapicRegister::kTimerCurrent);
  lapic_write(LapicRegister::kTimerInitial, 0);
  return ~0u - left;
}

void check_one_shot(std::uint32_t steps) {
  ticks = 0;
  lapic_write(LapicRegister::kTimer, kTimerVector | kTimerOneShot);
  lapic_write(LapicRegister::kTimerInitial, steps);
  while (ticks < 1) wait_for_interrupt();
  check(lapic_read(LapicRegister::kTimerCurrent) == 0, "a one-shot timer stands still at 0");
  enable_interrupts();
  delay_microseconds(5'000);
  disable_interrupts();
  check(ticks == 1, "a one-shot timer fires once");
  print("LAPIC timer, one-shot: done\n");
}

void check_periodic(std::uint32_t steps) {
  constexpr unsigned kTicks = 5;
  ticks = 0;
  lapic_write(LapicRegister::kTimer, kTimerVector | kTimerPeriodic);
  lapic_write(LapicRegister::kTimerInitial, steps);
  while (ticks < kTicks) wait_for_interrupt();
  lapic_write(LapicRegister::kTimerInitial, 0);
  lapic_write(LapicRegister::kTimer, kTimerVector | kLvtMasked);
  print("LAPIC timer, periodic: {} ticks\n", ticks);
}

void check_deadline(std::uint64_t tsc_cycles) {
  if ((cpuid(1).ecx & kCpuidTscDeadline) == 0) {
    print("no TSC-deadline timer here\n");
    return;
  }
  ticks = 0;
  lapic_write(LapicRegister::kTimer, kTimerVector | kTimerDeadline);
  const std::uint64_t deadline = read_tsc() + tsc_cycles;
  write_msr(kMsrTscDeadline, deadline);
  while (ticks < 1) wait_for_interrupt();
  check(tick_tsc >= deadline, "the TSC-deadline timer doesn't fire before its time");
  lapic_write(LapicRegister::kTimer, kTimerVector | kLvtMasked);
  print("LAPIC timer, TSC-deadline: done\n");
}

/// Bounds of the TSC's frequency in kHz. Each reading of the PM timer lies between two of the
/// TSC, so that the true value lies inside however long the host takes the CPU away.
struct Frequency {
  std::uint64_t least, most;
};

Frequency measure_tsc() {
  const std::uint64_t start_before = read_tsc();
  const std::uint32_t start = pm_timer();
  const std::uint64_t start_after = read_tsc();
  delay_microseconds(20'000);
  const std::uint64_t end_before = read_tsc();
  const std::uint32_t end = pm_timer();
  const std::uint64_t end_after = read_tsc();
  const std::uint64_t ticks_elapsed = pm_ticks(start, end);
  return {(end_before - start_after) * kPmTimerHz / ticks_elapsed / 1000,
          (end_after - start_before) * kPmTimerHz / ticks_elapsed / 1000};
}

}  // namespace

void check_lapic_timer() {
  lapic_init(PicWire::kOff);
  set_handler(kTimerVector, on_timer);
  lapic_write(LapicRegister::kTimerDivide, kDivideBy16);
  const std::uint64_t tsc_start = read_tsc();
  const std::uint32_t steps = lapic_steps(5'000);
  const std::uint64_t tsc_cycles = read_tsc() - tsc_start;
  check(steps > 0, "the LAPIC's timer counts");
  check_one_shot(steps);
  check_periodic(steps);
  check_deadline(tsc_cycles);
}

void check_tsc() {
  const Frequency first = measure_tsc();
  const Frequency second = measure_tsc();
  print("TSC: {} to {} kHz, then {} to {} kHz\n", first.least, first.most, second.least,
        second.most);
  const auto margin = [](std::uint64_t frequency) { return frequency / 100; };
  check(first.least > 0, "the TSC runs");
  check(first.least <= second.most + margin(second.most) &&
            second.least <= first.most + margin(first.most),
        "the TSC is as fast as it was, measured by the PM timer");
}
