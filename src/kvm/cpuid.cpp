#include "kvm/cpuid.h"

#include <algorithm>
#include <bit>

namespace minivmm::kvm {
namespace {

// Leaves (Intel SDM 2A, table 3-8; AMD APM 3, E.3 and E.4).
constexpr std::uint32_t kVendorLeaf = 0x0;
constexpr std::uint32_t kFeatureLeaf = 0x1;
constexpr std::uint32_t kCacheLeaf = 0x4;
constexpr std::uint32_t kExtendedFeatureLeaf = 0x7;
constexpr std::uint32_t kTopologyLeaf = 0xb;
constexpr std::uint32_t kTopologyLeafV2 = 0x1f;
constexpr std::uint32_t kAmdFeatureLeaf = 0x8000'0001;
constexpr std::uint32_t kAmdSizeLeaf = 0x8000'0008;
constexpr std::uint32_t kAmdCacheLeaf = 0x8000'001d;
constexpr std::uint32_t kAmdTopologyLeaf = 0x8000'001e;
constexpr std::uint32_t kAmdTopologyLeafV2 = 0x8000'0026;

// Leaf 1.
constexpr std::uint32_t kEcxTscDeadline = 1u << 24;
constexpr std::uint32_t kEcxOsxsave = 1u << 27;  // Follows CR4.OSXSAVE, which is 0 at reset.
constexpr std::uint32_t kEcxHypervisor = 1u << 31;
constexpr std::uint32_t kEdxHtt = 1u << 28;
// Leaf 7, subleaf 0.
constexpr std::uint32_t kEcxOspke = 1u << 4;  // Follows CR4.PKE.
// Leaf 0x80000001.
constexpr std::uint32_t kEcxCmpLegacy = 1u << 1;

// Level types of leaves 0xb and 0x1f, in ECX[15:8].
constexpr std::uint32_t kThreadLevel = 1;
constexpr std::uint32_t kCoreLevel = 2;

constexpr std::uint32_t with_bits(std::uint32_t value, unsigned low, unsigned width,
                                  std::uint32_t bits) {
  const std::uint32_t mask = ((1u << width) - 1) << low;
  return (value & ~mask) | ((bits << low) & mask);
}

constexpr std::uint32_t with_flag(std::uint32_t value, std::uint32_t flag, bool set) {
  return set ? value | flag : value & ~flag;
}

/// How many low bits of an APIC id number the cores of the package.
constexpr std::uint32_t core_id_bits(unsigned count) {
  return static_cast<std::uint32_t>(std::bit_width(count - 1));
}

bool is_amd(std::span<const CpuidEntry> entries) {
  constexpr std::uint32_t kAuth = 0x68747541;  // "Auth"enticAMD, in EBX.
  constexpr std::uint32_t kHygo = 0x6f677948;  // "Hygo"nGenuine.
  return std::any_of(entries.begin(), entries.end(), [](const CpuidEntry& entry) {
    return entry.function == kVendorLeaf && (entry.ebx == kAuth || entry.ebx == kHygo);
  });
}

std::uint32_t highest_basic_leaf(std::span<const CpuidEntry> entries) {
  for (const CpuidEntry& entry : entries) {
    if (entry.function == kVendorLeaf) return entry.eax;
  }
  return 0;
}

void fill_features(CpuidEntry& entry, CpuPlace place, const CpuidFeatures& features) {
  entry.ebx = with_bits(entry.ebx, 24, 8, place.index);  // Initial APIC id.
  entry.ebx = with_bits(entry.ebx, 16, 8, place.count);  // Logical processors in the package.
  entry.ecx = with_flag(entry.ecx, kEcxTscDeadline, features.tsc_deadline_timer);
  entry.ecx = with_flag(entry.ecx, kEcxHypervisor, true);
  entry.ecx = with_flag(entry.ecx, kEcxOsxsave, false);
  entry.edx = with_flag(entry.edx, kEdxHtt, place.count > 1);
}

/// EAX of leaf 4 and of AMD's 0x8000001d: [4:0] type (0: no more), [7:5] level, [25:14] how many
/// APIC ids share this cache - 1. Caches of level 1 and 2 belong to one core, the others to all.
void fill_cache(CpuidEntry& entry, std::uint32_t sharers_of_last_level) {
  const std::uint32_t level = (entry.eax >> 5) & 7;
  entry.eax = with_bits(entry.eax, 14, 12, level >= 3 ? sharers_of_last_level - 1 : 0);
}

void fill_intel_cache(CpuidEntry& entry, CpuPlace place) {
  if ((entry.eax & 0x1f) == 0) return;
  const std::uint32_t addressable = 1u << core_id_bits(place.count);
  fill_cache(entry, addressable);
  // [31:26] addressable core ids in the package - 1.
  entry.eax = with_bits(entry.eax, 26, 6, std::min(addressable - 1, 63u));
}

void fill_amd_cache(CpuidEntry& entry, CpuPlace place) {
  if ((entry.eax & 0x1f) != 0) fill_cache(entry, place.count);
}

void fill_amd_sizes(CpuidEntry& entry, CpuPlace place) {
  entry.ecx = with_bits(entry.ecx, 0, 8, place.count - 1);             // NC.
  entry.ecx = with_bits(entry.ecx, 12, 4, core_id_bits(place.count));  // ApicIdSize.
}

void fill_amd_topology(CpuidEntry& entry, CpuPlace place) {
  entry.eax = place.index;  // Extended APIC id.
  entry.ebx = place.index;  // [7:0] core id; [15:8] threads per core - 1.
  entry.ecx = 0;            // One node, number 0.
  entry.edx = 0;
}

void fill(CpuidEntry& entry, CpuPlace place, const CpuidFeatures& features, bool amd) {
  switch (entry.function) {
    case kFeatureLeaf:
      return fill_features(entry, place, features);
    case kCacheLeaf:
      return fill_intel_cache(entry, place);
    case kExtendedFeatureLeaf:
      if (entry.index == 0) entry.ecx = with_flag(entry.ecx, kEcxOspke, false);
      return;
    case kAmdFeatureLeaf:
      if (amd) entry.ecx = with_flag(entry.ecx, kEcxCmpLegacy, place.count > 1);
      return;
    case kAmdSizeLeaf:
      if (amd) fill_amd_sizes(entry, place);
      return;
    case kAmdCacheLeaf:
      return fill_amd_cache(entry, place);
    case kAmdTopologyLeaf:
      return fill_amd_topology(entry, place);
    default:
      return;
  }
}

/// Leaves 0xb and 0x1f (the second only has more level types, none of them used here): EAX how far
/// to shift an x2APIC id for the next level's, EBX logical processors, ECX the level, EDX the id.
void append_topology(std::vector<CpuidEntry>& entries, std::uint32_t leaf, CpuPlace place) {
  const auto level = [&](std::uint32_t index, std::uint32_t type, std::uint32_t shift,
                         std::uint32_t processors) {
    entries.push_back({.function = leaf,
                       .index = index,
                       .index_matters = true,
                       .eax = shift,
                       .ebx = processors,
                       .ecx = (type << 8) | index,
                       .edx = place.index});
  };
  level(0, kThreadLevel, 0, 1);
  level(1, kCoreLevel, core_id_bits(place.count), place.count);
  level(2, 0, 0, 0);
}

bool is_topology_leaf(const CpuidEntry& entry) {
  return entry.function == kTopologyLeaf || entry.function == kTopologyLeafV2 ||
         // What a host's 0x80000026 says of its own cores would contradict the rest; without it
         // guests use 0xb and 0x8000001e.
         entry.function == kAmdTopologyLeafV2;
}

}  // namespace

std::vector<CpuidEntry> make_cpuid(std::span<const CpuidEntry> supported, CpuPlace place,
                                   const CpuidFeatures& features) {
  const bool amd = is_amd(supported);
  const bool has_v2 = std::any_of(supported.begin(), supported.end(), [](const CpuidEntry& entry) {
    return entry.function == kTopologyLeafV2;
  });
  std::vector<CpuidEntry> made;
  made.reserve(supported.size() + 6);
  for (CpuidEntry entry : supported) {
    if (is_topology_leaf(entry)) continue;
    fill(entry, place, features, amd);
    made.push_back(entry);
  }
  if (highest_basic_leaf(supported) >= kTopologyLeaf) append_topology(made, kTopologyLeaf, place);
  if (has_v2) append_topology(made, kTopologyLeafV2, place);
  return made;
}

}  // namespace minivmm::kvm
