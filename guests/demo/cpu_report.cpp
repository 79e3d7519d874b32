#include "demo/cpu_report.h"

#include "demo/reports.h"
#include "lib/acpi.h"
#include "lib/apic.h"
#include "lib/cpu.h"
#include "lib/print.h"
#include "lib/text.h"

using namespace guest;

namespace {

// CPUID, Intel SDM volume 2A; the hypervisor's leaves as all hypervisors have them.
constexpr std::uint32_t kVendorLeaf = 0, kFeatureLeaf = 1;
constexpr std::uint32_t kBrandFirst = 0x8000'0002, kBrandLast = 0x8000'0004;
constexpr std::uint32_t kExtendedMost = 0x8000'0000, kExtendedFeatures = 0x8000'0001;
constexpr std::uint32_t kHypervisorLeaf = 0x4000'0000;
constexpr std::uint32_t kHypervisorPresent = 1u << 31;

struct Feature {
  const char* name;
  std::uint32_t leaf;
  std::uint32_t Cpuid::*word;
  unsigned bit;
};
constexpr Feature kFeatures[] = {
    {"tsc", 1, &Cpuid::edx, 4},
    {"apic", 1, &Cpuid::edx, 9},
    {"sse2", 1, &Cpuid::edx, 26},
    {"x2apic", 1, &Cpuid::ecx, 21},
    {"deadline", 1, &Cpuid::ecx, 24},
    {"aes", 1, &Cpuid::ecx, 25},
    {"avx", 1, &Cpuid::ecx, 28},
    {"rdrand", 1, &Cpuid::ecx, 30},
    {"avx2", 7, &Cpuid::ebx, 5},
    {"nx", kExtendedFeatures, &Cpuid::edx, 20},
    {"1g-pages", kExtendedFeatures, &Cpuid::edx, 26},
};

void copy_words(char* to, const Cpuid& words) {
  memcpy(to, &words, sizeof(words));
}

void trim(CpuName& name) {
  std::size_t first = 0;
  while (name.text[first] == ' ') ++first;
  memmove(name.text, name.text + first, sizeof(name.text) - first);
  for (std::size_t last = length(name.text); last > 0 && name.text[last - 1] == ' '; --last) {
    name.text[last - 1] = 0;
  }
}

}  // namespace

CpuName cpu_name() {
  CpuName name = {};
  if (cpuid(kExtendedMost).eax >= kBrandLast) {
    for (std::uint32_t leaf = kBrandFirst; leaf <= kBrandLast; ++leaf) {
      copy_words(name.text + 16 * (leaf - kBrandFirst), cpuid(leaf));
    }
    trim(name);
  }
  if (name.text[0] == 0) {
    const Cpuid vendor = cpuid(kVendorLeaf);
    copy_words(name.text, {vendor.ebx, vendor.edx, vendor.ecx, 0});
  }
  return name;
}

HypervisorName hypervisor_name() {
  HypervisorName name = {};
  if ((cpuid(kFeatureLeaf).ecx & kHypervisorPresent) == 0) {
    memcpy(name.text, "no hypervisor", sizeof("no hypervisor"));
    return name;
  }
  const Cpuid leaf = cpuid(kHypervisorLeaf);
  copy_words(name.text, {leaf.ebx, leaf.ecx, leaf.edx, 0});
  if (equal(name.text, "KVMKVMKVM")) name.text[3] = 0;
  return name;
}

unsigned cpu_count() {
  Madt madt;
  return read_madt(madt) && madt.cpu_count > 0 ? madt.cpu_count : 1;
}

void report_cpu() {
  const CpuName name = cpu_name();
  const HypervisorName hypervisor = hypervisor_name();
  const std::uint32_t version = cpuid(kFeatureLeaf).eax;
  print("  {}\n", static_cast<const char*>(name.text));
  print("  family {}, model {}, stepping {}\n", (version >> 8 & 15) + (version >> 20 & 0xff),
        (version >> 4 & 15) | (version >> 12 & 0xf0), version & 15);
  print("  {} in this machine, this one has APIC id {}\n", cpu_count(), lapic_id());
  print("  run by {}\n  features:", static_cast<const char*>(hypervisor.text));
  for (const Feature& feature : kFeatures) {
    const std::uint32_t most = cpuid(feature.leaf & kExtendedMost).eax;
    if (feature.leaf <= most && (cpuid(feature.leaf).*feature.word >> feature.bit & 1) != 0) {
      print(" {}", feature.name);
    }
  }
  print("\n");
}
