#pragma once
// The machine's CPUs: starting them, and having each do a piece of work.

#include <cstdint>

#include "lib/acpi.h"
#include "lib/clock.h"
#include "lib/cpu.h"

/// What a CPU says of itself.
struct CpuReport {
  std::uint8_t lapic_id;          ///< From its local APIC.
  std::uint8_t cpuid_apic_id;     ///< CPUID leaf 1.
  std::uint32_t cpuid_x2apic_id;  ///< CPUID leaf 0xb; or as lapic_id where there is none.
  guest::Cpuid levels[2];         ///< CPUID leaf 0xb, the levels of thread and core.
  guest::KvmClockPage kvm_clock;  ///< Running, if KVM offers it.
};

/// Starts every CPU of `madt` beside this one, which is CPU 0; waits until they run, at most
/// three seconds.
void start_cpus(const guest::Madt& madt);
unsigned cpus_running();
CpuReport& cpu(unsigned index);

/// CPU 0 and CPU `other` both call `work(index)`; returns when both are done.
void run_on_both(unsigned other, void (*work)(unsigned index));
