#pragma once
// The CPUID that a vCPU shows its guest, made from what KVM supports. Pure: no ioctl in here.
//
// Sources: Intel SDM volume 2A, CPUID; AMD APM volume 3, appendix E; Linux
// Documentation/virt/kvm/x86/cpuid.rst for the leaves from 0x40000000.

#include <cstdint>
#include <span>
#include <vector>

namespace minivmm::kvm {

/// One leaf, or one subleaf of it.
struct CpuidEntry {
  std::uint32_t function = 0;
  std::uint32_t index = 0;     ///< Subleaf (ECX); 0 where the leaf has none.
  bool index_matters = false;  ///< Whether ECX selects the subleaf.
  std::uint32_t eax = 0;
  std::uint32_t ebx = 0;
  std::uint32_t ecx = 0;
  std::uint32_t edx = 0;
  friend bool operator==(const CpuidEntry&, const CpuidEntry&) = default;
};

/// What KVM tells by capabilities and not in KVM_GET_SUPPORTED_CPUID.
struct CpuidFeatures {
  bool tsc_deadline_timer = false;  ///< KVM_CAP_TSC_DEADLINE_TIMER.
};

/// The topology is one package of count cores with one thread each; vCPU index has APIC id index.
struct CpuPlace {
  unsigned index = 0;
  unsigned count = 1;  ///< 1 to kMaxCpus.
};

/// APIC ids above 254 don't fit into the 8 bits that CPUID leaf 1, the xAPIC, the IOAPIC's and an
/// MSI's destination have (255 is broadcast); reaching more CPUs needs interrupt remapping, which
/// the machine doesn't have. With ids from 0 that is 255 CPUs.
inline constexpr unsigned kMaxCpus = 255;

/// The CPUID of one vCPU. Leaves that KVM doesn't offer are not added, except that each vCPU has
/// the topology leaf 0xb when the processor's leaves reach that far.
[[nodiscard]] std::vector<CpuidEntry> make_cpuid(std::span<const CpuidEntry> supported,
                                                 CpuPlace place, const CpuidFeatures& features);

}  // namespace minivmm::kvm
