#include "smp/topology.h"

#include "lib/exit.h"
#include "smp/cpus.h"

namespace {

// CPUID leaf 0xb, Intel SDM volume 2A, CPUID.
constexpr std::uint32_t shift(const guest::Cpuid& level) {
  return level.eax & 0x1f;
}
constexpr std::uint32_t threads(const guest::Cpuid& level) {
  return level.ebx & 0xffff;
}
constexpr std::uint32_t type(const guest::Cpuid& level) {
  return level.ecx >> 8 & 0xff;
}
constexpr std::uint32_t kThreadLevel = 1, kCoreLevel = 2;

void check_levels(const CpuReport& report, const CpuReport& first) {
  using guest::check;
  const guest::Cpuid& thread = report.levels[0];
  const guest::Cpuid& core = report.levels[1];
  if (type(thread) == 0) return;  // No leaf 0xb.
  check(type(thread) == kThreadLevel && type(core) == kCoreLevel,
        "leaf 0xb has a thread level and then a core level");
  check(shift(thread) <= shift(core), "the core level's shift is not below the thread level's");
  check(threads(core) >= threads(thread) && threads(core) <= 1u << shift(core),
        "the package's CPUs fit into its APIC ids");
  check(threads(core) == threads(first.levels[1]) && shift(core) == shift(first.levels[1]),
        "all CPUs see the same package");
}

}  // namespace

void check_topology() {
  for (unsigned i = 0; i < cpus_running(); ++i) {
    const CpuReport& report = cpu(i);
    guest::check(report.cpuid_apic_id == report.lapic_id, "leaf 1 tells the APIC's own id");
    guest::check(report.cpuid_x2apic_id == report.lapic_id, "leaf 0xb tells the APIC's own id");
    check_levels(report, cpu(0));
  }
}
