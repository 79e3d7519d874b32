#pragma once
// Time: ACPI's PM timer, which every machine of this kind has, and KVM's paravirtual clock.

#include <cstdint>

namespace guest {

inline constexpr std::uint64_t kPmTimerHz = 3'579'545;    // ACPI 6.5, 4.8.3.3.
inline constexpr std::uint32_t kPmTimerMask = 0xff'ffff;  // 24 bits: it wraps after 4.7 seconds.

std::uint32_t pm_timer();
/// From `since` to `now`, both of pm_timer(), at most 4 seconds apart.
inline std::uint32_t pm_ticks(std::uint32_t since, std::uint32_t now) {
  return (now - since) & kPmTimerMask;
}
/// Waits at least so long; at most 4 seconds.
void delay_microseconds(std::uint32_t microseconds);

/// KVM's structure of one CPU (Linux, Documentation/virt/kvm/x86/msr.rst, MSR_KVM_SYSTEM_TIME_NEW).
struct alignas(32) KvmClockPage {
  std::uint32_t version, padding;
  std::uint64_t tsc_timestamp, system_time;
  std::uint32_t tsc_to_system_mul;
  std::int8_t tsc_shift;
  std::uint8_t flags;
  std::uint8_t padding2[2];
};
inline constexpr std::uint8_t kKvmClockStable = 1;  // KvmClockPage::flags: one time for all CPUs.

/// Whether KVM offers its clock.
bool has_kvm_clock();
/// Has KVM fill `page` for this CPU from now on.
void start_kvm_clock(KvmClockPage& page);
/// Nanoseconds since some moment of the machine's start. Works in ring 3.
std::uint64_t kvm_clock(const KvmClockPage& page);

}  // namespace guest
