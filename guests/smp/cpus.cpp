#include "smp/cpus.h"

#include "lib/apic.h"
#include "lib/exit.h"
#include "lib/interrupts.h"
#include "lib/selectors.h"
#include "lib/text.h"

extern "C" {
extern const char trampoline_start[], trampoline_end[];
extern void (*long_mode_entry)();
}

namespace {

using Work = void (*)(unsigned);

CpuReport reports[guest::kMaxCpus];
unsigned running = 0;
/// The work of each CPU, null when it has none: given by CPU 0, cleared by the CPU when done.
Work assigned[guest::kMaxCpus];

void fill_report(CpuReport& report) {
  using namespace guest;
  constexpr std::uint32_t kTopologyLeaf = 0xb;
  report.lapic_id = lapic_id();
  report.cpuid_apic_id = static_cast<std::uint8_t>(cpuid(1).ebx >> 24);
  report.cpuid_x2apic_id = report.lapic_id;
  if (cpuid(0).eax >= kTopologyLeaf && cpuid(kTopologyLeaf).ebx != 0) {
    report.cpuid_x2apic_id = cpuid(kTopologyLeaf).edx;
    for (unsigned level = 0; level < 2; ++level) report.levels[level] = cpuid(kTopologyLeaf, level);
  }
  if (has_kvm_clock()) start_kvm_clock(report.kvm_clock);
}

[[noreturn]] void other_cpu_main() {
  using namespace guest;
  interrupts_load();
  lapic_init(PicWire::kOff);
  // One CPU starts at a time, so that the number is this CPU's.
  const unsigned index = running;
  fill_report(reports[index]);
  __atomic_store_n(&running, index + 1, __ATOMIC_RELEASE);
  for (;;) {
    const Work work = __atomic_load_n(&assigned[index], __ATOMIC_ACQUIRE);
    if (work != nullptr) {
      work(index);
      __atomic_store_n(&assigned[index], nullptr, __ATOMIC_RELEASE);
    }
    pause();
  }
}

/// Intel SDM volume 3A, 8.4.4.1: INIT, 10 ms, start-up, and once more if nothing happened.
void start_cpu(std::uint8_t apic_id) {
  using namespace guest;
  const unsigned before = cpus_running();
  lapic_send_init(apic_id);
  delay_microseconds(10'000);
  lapic_send_startup(apic_id, TRAMPOLINE_ADDRESS >> 12);
  constexpr std::uint32_t kWait = 10'000, kLongest = 3'000'000;
  for (std::uint32_t waited = 0; cpus_running() == before && waited < kLongest; waited += kWait) {
    delay_microseconds(kWait);
  }
}

}  // namespace

void start_cpus(const guest::Madt& madt) {
  using namespace guest;
  lapic_map();
  fill_report(reports[0]);
  running = 1;
  memcpy(reinterpret_cast<void*>(TRAMPOLINE_ADDRESS), trampoline_start,
         static_cast<std::size_t>(trampoline_end - trampoline_start));
  long_mode_entry = other_cpu_main;
  for (unsigned i = 0; i < madt.cpu_count; ++i) {
    if (madt.apic_ids[i] != reports[0].lapic_id) start_cpu(madt.apic_ids[i]);
  }
  // Only now: an APIC that isn't enabled yet can send INIT all the same (Intel SDM volume 3A,
  // 10.4.7.2), and some kernels do.
  lapic_init(PicWire::kOff);
}

unsigned cpus_running() {
  return __atomic_load_n(&running, __ATOMIC_ACQUIRE);
}

CpuReport& cpu(unsigned index) {
  return reports[index];
}

void run_on_both(unsigned other, Work work) {
  __atomic_store_n(&assigned[other], work, __ATOMIC_RELEASE);
  work(0);
  while (__atomic_load_n(&assigned[other], __ATOMIC_ACQUIRE) != nullptr) guest::pause();
}
