#pragma once
// What CPUID says.

/// The processor's name, or its vendor's if it has none. Ends with a zero.
struct CpuName {
  char text[49];
};
CpuName cpu_name();
/// Who runs this machine: "KVM", another hypervisor's signature, or "no hypervisor".
struct HypervisorName {
  char text[16];
};
HypervisorName hypervisor_name();
/// From the MADT; 1 if there is none.
unsigned cpu_count();
