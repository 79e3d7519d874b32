#include "machine/table_facts.h"

#include <fmt/core.h>

#include <algorithm>

#include "machine/layout.h"
#include "memory/ram.h"
#include "minivmm/error.h"

namespace minivmm {
namespace {

using namespace layout;

const kvm::CpuidEntry* cpuid_leaf(const kvm::Kvm& kvm, std::uint32_t function) {
  const auto& leaves = kvm.supported_cpuid();
  const auto found = std::ranges::find(leaves, function, &kvm::CpuidEntry::function);
  return found == leaves.end() ? nullptr : &*found;
}

// The processor's address lines (CPUID 0x80000008, EAX[7:0]); 36 where it doesn't say.
unsigned physical_address_bits(const kvm::Kvm& kvm) {
  const kvm::CpuidEntry* leaf = cpuid_leaf(kvm, 0x8000'0008);
  return leaf != nullptr ? leaf->eax & 0xff : 36;
}

}  // namespace

void check_addressable(const MachineConfig& config, const kvm::Kvm& kvm) {
  const unsigned bits = physical_address_bits(kvm);
  const std::uint64_t end = config.memory <= kLowRamEnd.value
                                ? kHighRam.value
                                : kHighRam.value + config.memory - kLowRamEnd.value;
  if (bits < 64 && end > std::uint64_t{1} << bits)
    throw ConfigError(fmt::format(
        "memory of {} is more than this processor's {} address lines reach: give less --mem",
        bytes_text(config.memory), bits));
}

PciWindows pci_windows(const GuestMemory& memory) {
  const GuestAddress ram_end = std::max(memory.regions().back().range.end(), kHighRam);
  const GuestAddress start{(ram_end.value + kMmio64Size - 1) & ~(kMmio64Size - 1)};
  return {.mmio32 = kMmio32, .mmio64 = {start, kMmio64Size}, .io = kPciIo};
}

boot::AcpiConfig acpi_config(const MachineConfig& config, const PciWindows& windows,
                             HostSide& side) {
  boot::AcpiConfig acpi{.cpus = config.cpus,
                        .ecam = kEcam,
                        .mmio32 = windows.mmio32,
                        .mmio64 = windows.mmio64,
                        .pci_io = windows.io,
                        .pm_base = kPmBase,
                        .sci = kSciGsi,
                        .reset = kResetControl,
                        .io_apic = kIoApic,
                        .local_apic = kLocalApic,
                        .i8042 = true};
  for (unsigned com = 0; com < acpi.com.size(); ++com) acpi.com[com] = side.serial(com) != nullptr;
  return acpi;
}

boot::SmbiosConfig smbios_config(const MachineConfig& config, const kvm::Kvm& kvm,
                                 const GuestMemory& memory) {
  boot::SmbiosConfig smbios{.cpus = config.cpus};
  if (const kvm::CpuidEntry* leaf = cpuid_leaf(kvm, 1)) {
    smbios.cpu_signature = leaf->eax;
    smbios.cpu_features = leaf->edx;
  }
  for (const MemoryRegion& region : memory.regions()) smbios.ram.push_back(region.range);
  return smbios;
}

boot::MpConfig mp_config(const MachineConfig& config, const kvm::Kvm& kvm,
                         std::span<const unsigned> slots) {
  boot::MpConfig mp{
      .cpus = config.cpus, .io_apic = kIoApic, .local_apic = kLocalApic, .sci = kSciGsi};
  if (const kvm::CpuidEntry* leaf = cpuid_leaf(kvm, 1)) {
    mp.cpu_signature = leaf->eax;
    mp.cpu_features = leaf->edx;
  }
  for (const unsigned slot : slots) mp.pci_slots.push_back(static_cast<std::uint8_t>(slot));
  return mp;
}

}  // namespace minivmm
