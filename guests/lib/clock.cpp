#include "lib/clock.h"

#include "lib/cpu.h"
#include "lib/io.h"

namespace guest {
namespace {

constexpr std::uint16_t kPmTimer = 0x608;  // PMBASE + 8 (ICH9 13.8.3.4).

// Linux, Documentation/virt/kvm/x86/cpuid.rst and msr.rst.
constexpr std::uint32_t kKvmSignatureLeaf = 0x4000'0000;
constexpr std::uint32_t kKvmFeaturesLeaf = 0x4000'0001;
constexpr std::uint32_t kSignatureKvmk = 0x4b4d564b;  // "KVMK", the start of "KVMKVMKVM".
constexpr std::uint32_t kFeatureClockSource2 = 1u << 3;
constexpr std::uint32_t kMsrSystemTimeNew = 0x4b56'4d01;
constexpr std::uint64_t kSystemTimeEnable = 1;

}  // namespace

std::uint32_t pm_timer() {
  return in32(kPmTimer) & kPmTimerMask;
}

void delay_microseconds(std::uint32_t microseconds) {
  const std::uint64_t ticks = (microseconds * kPmTimerHz + 999'999) / 1'000'000;
  const std::uint32_t start = pm_timer();
  while (pm_ticks(start, pm_timer()) <= ticks) pause();
}

bool has_kvm_clock() {
  if (cpuid(kKvmSignatureLeaf).ebx != kSignatureKvmk) return false;
  return (cpuid(kKvmFeaturesLeaf).eax & kFeatureClockSource2) != 0;
}

void start_kvm_clock(KvmClockPage& page) {
  write_msr(kMsrSystemTimeNew, reinterpret_cast<std::uint64_t>(&page) | kSystemTimeEnable);
}

std::uint64_t kvm_clock(const KvmClockPage& page) {
  const volatile KvmClockPage& shared = page;
  for (;;) {
    const std::uint32_t version = shared.version;
    compiler_barrier();
    std::uint64_t delta = read_tsc() - shared.tsc_timestamp;
    if (shared.tsc_shift >= 0) {
      delta <<= shared.tsc_shift;
    } else {
      delta >>= -shared.tsc_shift;
    }
    // The upper 64 of 96 bits: a fraction of 2^32.
    const std::uint64_t factor = shared.tsc_to_system_mul;
    const std::uint64_t scaled = (delta >> 32) * factor + ((delta & 0xffff'ffff) * factor >> 32);
    const std::uint64_t time = shared.system_time + scaled;
    compiler_barrier();
    if ((version & 1) == 0 && version == shared.version) return time;
  }
}

}  // namespace guest
