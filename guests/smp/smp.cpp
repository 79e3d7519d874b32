// Starts every CPU that ACPI names, and checks that they agree on who they are and what time it is.
// Option: cpus=N, how many there have to be.

#include "lib/acpi.h"
#include "lib/boot_info.h"
#include "lib/exit.h"
#include "lib/interrupts.h"
#include "lib/print.h"
#include "lib/serial.h"
#include "smp/clocks.h"
#include "smp/cpus.h"
#include "smp/topology.h"

namespace {

guest::Madt madt;

bool contains(const guest::Madt& table, std::uint8_t apic_id) {
  for (unsigned i = 0; i < table.cpu_count; ++i) {
    if (table.apic_ids[i] == apic_id) return true;
  }
  return false;
}

}  // namespace

extern "C" void guest_main() {
  using namespace guest;
  serial_init();
  interrupts_init();
  check(read_madt(madt), "ACPI has a MADT with a right checksum");
  const std::uint64_t wanted = option("cpus", madt.cpu_count);
  print("the MADT names {} CPUs\n", madt.cpu_count);
  check(madt.cpu_count == wanted, "the MADT names as many CPUs as the machine was given");
  check(madt.io_apic_count == 1, "the MADT names one I/O APIC");

  start_cpus(madt);
  print("{} CPUs run\n", cpus_running());
  check(cpus_running() == madt.cpu_count, "every CPU of the MADT started");
  for (unsigned i = 0; i < cpus_running(); ++i) {
    print("CPU {}: APIC id {}\n", i, cpu(i).lapic_id);
    check(contains(madt, cpu(i).lapic_id), "a CPU's APIC id is one of the MADT's");
    for (unsigned j = 0; j < i; ++j) {
      check(cpu(i).lapic_id != cpu(j).lapic_id, "no two CPUs have the same APIC id");
    }
  }
  check_topology();
  check_clocks();
  succeed();
}
