#include "kvm/cpuid.h"

#include <algorithm>
#include <catch2/catch.hpp>

namespace minivmm::kvm {
namespace {

// Registers of leaf 0: "GenuineIntel" and "AuthenticAMD".
constexpr CpuidEntry kIntel{
    .function = 0, .eax = 0x1f, .ebx = 0x756e6547, .ecx = 0x6c65746e, .edx = 0x49656e69};
constexpr CpuidEntry kAmd{
    .function = 0, .eax = 0x10, .ebx = 0x68747541, .ecx = 0x444d4163, .edx = 0x69746e65};

constexpr CpuidEntry subleaf(std::uint32_t function, std::uint32_t index, std::uint32_t eax) {
  return {.function = function, .index = index, .index_matters = true, .eax = eax};
}

/// As an Intel host of 16 APIC ids offers it; type in EAX[4:0], level in EAX[7:5].
std::vector<CpuidEntry> intel_host() {
  constexpr std::uint32_t kHostSharing = (15u << 26) | (15u << 14);
  return {
      kIntel,
      {.function = 1, .eax = 0x906ed, .ebx = 0x0910'0800, .ecx = 0x0820'0000, .edx = 0x178bfbff},
      subleaf(4, 0, kHostSharing | (1 << 5) | 1),
      subleaf(4, 1, kHostSharing | (1 << 5) | 2),
      subleaf(4, 2, kHostSharing | (2 << 5) | 3),
      subleaf(4, 3, kHostSharing | (3 << 5) | 3),
      subleaf(4, 4, 0),
      {.function = 7, .index = 0, .index_matters = true, .ecx = 0x18},
      {.function = 0xb, .index = 0, .index_matters = true, .edx = 9},
      {.function = 0x1f, .index = 0, .index_matters = true, .edx = 9},
      {.function = 0x4000'0000, .eax = 0x4000'0001, .ebx = 0x4b4d564b},
      {.function = 0x4000'0001, .eax = 0x0100'7efb},
      {.function = 0x8000'0008, .eax = 0x3027, .ecx = 0}};
}

std::vector<CpuidEntry> amd_host() {
  return {
      kAmd,
      {.function = 1, .eax = 0x830f10, .ebx = 0x0910'0800, .ecx = 0x0020'0000, .edx = 0x178bfbff},
      {.function = 0x8000'0001, .ecx = 0x0040'0002},
      {.function = 0x8000'0008, .eax = 0x3030, .ecx = 0x0001'700f},
      subleaf(0x8000'001d, 0, (7u << 14) | (1 << 5) | 1),
      subleaf(0x8000'001d, 3, (15u << 14) | (3 << 5) | 3),
      {.function = 0x8000'001e, .eax = 9, .ebx = 0x0104, .ecx = 0x0103},
      subleaf(0x8000'0026, 0, 4)};
}

std::vector<CpuidEntry> made(const std::vector<CpuidEntry>& host, unsigned index, unsigned count) {
  return make_cpuid(host, {.index = index, .count = count}, {.tsc_deadline_timer = true});
}

CpuidEntry leaf(const std::vector<CpuidEntry>& entries, std::uint32_t function,
                std::uint32_t index = 0) {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const CpuidEntry& entry) {
    return entry.function == function && entry.index == index;
  });
  REQUIRE(found != entries.end());
  return *found;
}

bool has(const std::vector<CpuidEntry>& entries, std::uint32_t function) {
  return std::any_of(entries.begin(), entries.end(),
                     [&](const CpuidEntry& entry) { return entry.function == function; });
}

TEST_CASE("Leaf 1 has the vCPU's APIC id and the number of CPUs, and keeps the rest of EBX") {
  CHECK(leaf(made(intel_host(), 0, 1), 1).ebx == 0x0001'0800);
  CHECK(leaf(made(intel_host(), 1, 2), 1).ebx == 0x0102'0800);
  CHECK(leaf(made(intel_host(), 2, 3), 1).ebx == 0x0203'0800);
  CHECK(leaf(made(amd_host(), 7, 8), 1).ebx == 0x0708'0800);
  CHECK(leaf(made(amd_host(), 254, 255), 1).ebx == 0xfeff'0800);
}

TEST_CASE("HTT is set when there are more CPUs than one") {
  constexpr std::uint32_t kHtt = 1u << 28;
  CHECK((leaf(made(intel_host(), 0, 1), 1).edx & kHtt) == 0);
  CHECK((leaf(made(intel_host(), 0, 2), 1).edx & kHtt) != 0);
}

TEST_CASE("A guest is told that it has a hypervisor, and x2APIC as KVM offers it") {
  const std::uint32_t ecx = leaf(made(intel_host(), 0, 1), 1).ecx;
  CHECK((ecx & (1u << 31)) != 0);
  CHECK((ecx & (1u << 21)) != 0);
}

TEST_CASE("The TSC deadline timer is there when KVM has it, and not otherwise") {
  constexpr std::uint32_t kTscDeadline = 1u << 24;
  const auto with = make_cpuid(intel_host(), {}, {.tsc_deadline_timer = true});
  const auto without = make_cpuid(with, {}, {.tsc_deadline_timer = false});
  CHECK((leaf(with, 1).ecx & kTscDeadline) != 0);
  CHECK((leaf(without, 1).ecx & kTscDeadline) == 0);
}

TEST_CASE("Bits that follow CR4 start clear") {
  const auto entries = made(intel_host(), 0, 1);
  CHECK((leaf(entries, 1).ecx & (1u << 27)) == 0);  // OSXSAVE
  CHECK(leaf(entries, 7).ecx == 0x08);              // OSPKE gone, PKU kept.
}

TEST_CASE("Intel's caches of level 1 and 2 belong to a core, level 3 to all") {
  const auto eight = made(intel_host(), 5, 8);
  CHECK(leaf(eight, 4, 0).eax == ((7u << 26) | (1 << 5) | 1));
  CHECK(leaf(eight, 4, 2).eax == ((7u << 26) | (2 << 5) | 3));
  CHECK(leaf(eight, 4, 3).eax == ((7u << 26) | (7u << 14) | (3 << 5) | 3));
  CHECK(leaf(eight, 4, 4).eax == 0);
}

TEST_CASE("Intel's core and sharing counts are rounded up to what APIC id bits can number") {
  CHECK(leaf(made(intel_host(), 0, 1), 4, 3).eax == ((3 << 5) | 3));
  CHECK(leaf(made(intel_host(), 0, 3), 4, 3).eax == ((3u << 26) | (3u << 14) | (3 << 5) | 3));
  CHECK(leaf(made(intel_host(), 0, 255), 4, 3).eax == ((63u << 26) | (255u << 14) | (3 << 5) | 3));
}

TEST_CASE("Leaf 0xb has a thread level of one, a core level of all, and the x2APIC id") {
  const auto three = made(intel_host(), 2, 3);
  CHECK(leaf(three, 0xb, 0) == CpuidEntry{0xb, 0, true, 0, 1, 0x100, 2});
  CHECK(leaf(three, 0xb, 1) == CpuidEntry{0xb, 1, true, 2, 3, 0x201, 2});
  CHECK(leaf(three, 0xb, 2) == CpuidEntry{0xb, 2, true, 0, 0, 2, 2});
  CHECK(leaf(made(intel_host(), 0, 1), 0xb, 1) == CpuidEntry{0xb, 1, true, 0, 1, 0x201, 0});
  CHECK(leaf(made(intel_host(), 1, 2), 0xb, 1) == CpuidEntry{0xb, 1, true, 1, 2, 0x201, 1});
  CHECK(leaf(made(amd_host(), 7, 8), 0xb, 1) == CpuidEntry{0xb, 1, true, 3, 8, 0x201, 7});
}

TEST_CASE("Leaf 0x1f says the same where KVM offers it, and isn't there otherwise") {
  CHECK(leaf(made(intel_host(), 2, 3), 0x1f, 1) == CpuidEntry{0x1f, 1, true, 2, 3, 0x201, 2});
  CHECK_FALSE(has(made(amd_host(), 2, 3), 0x1f));
}

TEST_CASE("A processor whose leaves end before 0xb doesn't get one") {
  auto old = intel_host();
  old.front().eax = 0xa;
  old.erase(std::remove_if(old.begin(), old.end(),
                           [](const CpuidEntry& entry) { return entry.function == 0x1f; }),
            old.end());
  CHECK_FALSE(has(made(old, 0, 2), 0xb));
}

TEST_CASE("No subleaf of the host's topology is left") {
  const auto entries = made(intel_host(), 1, 2);
  CHECK(std::none_of(entries.begin(), entries.end(),
                     [](const CpuidEntry& entry) { return entry.edx == 9; }));
  CHECK_FALSE(has(made(amd_host(), 1, 2), 0x8000'0026));
}

TEST_CASE("AMD's core count and APIC id size are the machine's, and the rest of ECX is kept") {
  CHECK(leaf(made(amd_host(), 0, 1), 0x8000'0008).ecx == 0x0001'0000);
  CHECK(leaf(made(amd_host(), 0, 2), 0x8000'0008).ecx == 0x0001'1001);
  CHECK(leaf(made(amd_host(), 0, 3), 0x8000'0008).ecx == 0x0001'2002);
  CHECK(leaf(made(amd_host(), 0, 8), 0x8000'0008).ecx == 0x0001'3007);
}

TEST_CASE("Intel's leaf 0x80000008 is left as it is") {
  CHECK(leaf(made(intel_host(), 0, 8), 0x8000'0008) == leaf(intel_host(), 0x8000'0008));
}

TEST_CASE("AMD's CmpLegacy follows the number of CPUs, and TOPOEXT is as offered") {
  CHECK(leaf(made(amd_host(), 0, 1), 0x8000'0001).ecx == 0x0040'0000);
  CHECK(leaf(made(amd_host(), 0, 2), 0x8000'0001).ecx == 0x0040'0002);
}

TEST_CASE("AMD's topology leaf has the APIC id, a core of one thread, and one node") {
  CHECK(leaf(made(amd_host(), 3, 8), 0x8000'001e) ==
        CpuidEntry{.function = 0x8000'001e, .eax = 3, .ebx = 3});
}

TEST_CASE("AMD's caches of level 1 belong to a core, level 3 to all") {
  const auto three = made(amd_host(), 0, 3);
  CHECK(leaf(three, 0x8000'001d, 0).eax == ((1 << 5) | 1));
  CHECK(leaf(three, 0x8000'001d, 3).eax == ((2u << 14) | (3 << 5) | 3));
}

TEST_CASE("KVM's own leaves are exactly what KVM offers") {
  const auto entries = made(intel_host(), 1, 2);
  CHECK(leaf(entries, 0x4000'0000) == leaf(intel_host(), 0x4000'0000));
  CHECK(leaf(entries, 0x4000'0001) == leaf(intel_host(), 0x4000'0001));
}

}  // namespace
}  // namespace minivmm::kvm
