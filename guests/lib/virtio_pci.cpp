#include "lib/virtio_pci.h"

#include "lib/paging.h"

namespace guest {
namespace {

// Virtio 1.2, 4.1.4: a vendor capability's fields, and the kinds of structure.
constexpr std::uint8_t kCapabilityType = 3, kCapabilityBar = 4, kCapabilityOffset = 8;
constexpr std::uint8_t kCapabilityLength = 12, kCapabilityMultiplier = 16;
constexpr std::uint8_t kCommonStructure = 1, kNotifyStructure = 2, kIsrStructure = 3;
constexpr std::uint8_t kDeviceStructure = 4;

// PCI 3.0, 6.8.2.
constexpr std::uint8_t kMsixControl = 2, kMsixTable = 4;
constexpr std::uint16_t kMsixEnable = 0x8000, kMsixSizeMask = 0x7ff;
constexpr std::uint32_t kMsixEntrySize = 16;
constexpr std::uint32_t kMsiAddress = 0xfee0'0000;  // Intel SDM volume 3A, 10.11.1.

constexpr std::uint8_t add(std::uint8_t offset, unsigned more) {
  return static_cast<std::uint8_t>(offset + more);
}

void write64(std::uintptr_t address, std::uint64_t value) {
  write32(address, static_cast<std::uint32_t>(value));
  write32(address + 4, static_cast<std::uint32_t>(value >> 32));
}

}  // namespace

bool VirtioDevice::find(std::uint16_t device_id, unsigned index) {
  const std::uint32_t wanted = std::uint32_t{device_id} << 16 | kVirtioVendor;
  bool found = false;
  for_each_pci_function([&](PciAddress address, std::uint32_t id) {
    if (id != wanted || index-- > 0) return true;
    address_ = address;
    found = true;
    return false;
  });
  if (!found) return false;
  const std::uint16_t command = pci_read16(address_, pci::kCommand);
  pci_write16(address_, pci::kCommand, command | pci::kCommandMemory | pci::kCommandMaster);
  find_structures();
  find_msix_table();
  return common_ != 0 && notify_ != 0 && interrupt_status_ != 0;
}

void VirtioDevice::find_structures() {
  for (std::uint8_t at = 0;
       (at = pci_find_capability(address_, pci::kCapabilityVendor, at)) != 0;) {
    const std::uint8_t bar = pci_read8(address_, add(at, kCapabilityBar));
    const std::uint8_t type = pci_read8(address_, add(at, kCapabilityType));
    if (type < kCommonStructure || type > kDeviceStructure) continue;
    const std::uintptr_t start =
        pci_memory_bar(address_, bar) + pci_read32(address_, add(at, kCapabilityOffset));
    map_physical(start, pci_read32(address_, add(at, kCapabilityLength)), Caching::kOff);
    if (type == kCommonStructure) common_ = start;
    if (type == kIsrStructure) interrupt_status_ = start;
    if (type == kDeviceStructure) device_ = start;
    if (type == kNotifyStructure) {
      notify_ = start;
      notify_multiplier_ = pci_read32(address_, add(at, kCapabilityMultiplier));
    }
  }
}

void VirtioDevice::find_msix_table() {
  msix_ = pci_find_capability(address_, pci::kCapabilityMsix);
  if (msix_ == 0) return;
  const std::uint32_t table = pci_read32(address_, add(msix_, kMsixTable));
  msix_table_ = pci_memory_bar(address_, table & 7) + (table & ~7u);
  map_physical(msix_table_, msix_vector_count() * kMsixEntrySize, Caching::kOff);
}

void VirtioDevice::reset() {
  write8(at(VirtioCommon::kStatus), 0);
  while (status() != 0) {
  }
}

std::uint8_t VirtioDevice::status() const {
  return read8(at(VirtioCommon::kStatus));
}

std::uint64_t VirtioDevice::features() const {
  write32(at(VirtioCommon::kDeviceFeatureSelect), 1);
  const std::uint64_t high = read32(at(VirtioCommon::kDeviceFeature));
  write32(at(VirtioCommon::kDeviceFeatureSelect), 0);
  return high << 32 | read32(at(VirtioCommon::kDeviceFeature));
}

bool VirtioDevice::negotiate(std::uint64_t features) {
  write8(at(VirtioCommon::kStatus), kStatusAcknowledge);
  write8(at(VirtioCommon::kStatus), kStatusAcknowledge | kStatusDriver);
  for (std::uint32_t half = 0; half < 2; ++half) {
    write32(at(VirtioCommon::kDriverFeatureSelect), half);
    write32(at(VirtioCommon::kDriverFeature), static_cast<std::uint32_t>(features >> (32 * half)));
  }
  write8(at(VirtioCommon::kStatus), kStatusAcknowledge | kStatusDriver | kStatusFeaturesOk);
  return (status() & kStatusFeaturesOk) != 0;
}

std::uint16_t VirtioDevice::queue_count() const {
  return read16(at(VirtioCommon::kQueueCount));
}

std::uint16_t VirtioDevice::max_queue_size(std::uint16_t queue) const {
  write16(at(VirtioCommon::kQueueSelect), queue);
  return read16(at(VirtioCommon::kQueueSize));
}

bool VirtioDevice::enable_queue(std::uint16_t queue, const Virtqueue& memory,
                                std::uint16_t vector) {
  write16(at(VirtioCommon::kQueueSelect), queue);
  write16(at(VirtioCommon::kQueueSize), memory.size());
  write16(at(VirtioCommon::kQueueVector), vector);
  if (read16(at(VirtioCommon::kQueueVector)) != vector) return false;
  write64(at(VirtioCommon::kQueueDescriptors), memory.descriptor_area());
  write64(at(VirtioCommon::kQueueDriver), memory.driver_area());
  write64(at(VirtioCommon::kQueueDevice), memory.device_area());
  doorbells_[queue] = notify_ + read16(at(VirtioCommon::kQueueNotifyOffset)) * notify_multiplier_;
  write16(at(VirtioCommon::kQueueEnable), 1);
  return true;
}

void VirtioDevice::driver_ok() {
  write8(at(VirtioCommon::kStatus),
         kStatusAcknowledge | kStatusDriver | kStatusFeaturesOk | kStatusDriverOk);
}

std::uint64_t VirtioDevice::config64(unsigned offset) const {
  return std::uint64_t{config32(offset + 4)} << 32 | config32(offset);
}

std::uint16_t VirtioDevice::msix_vector_count() const {
  if (msix_ == 0) return 0;
  const std::uint16_t control = pci_read16(address_, add(msix_, kMsixControl));
  return static_cast<std::uint16_t>((control & kMsixSizeMask) + 1);
}

void VirtioDevice::msix_route(std::uint16_t entry, std::uint8_t vector, std::uint8_t apic_id) {
  const std::uintptr_t row = msix_table_ + entry * kMsixEntrySize;
  write32(row + 0, kMsiAddress | std::uint32_t{apic_id} << 12);
  write32(row + 4, 0);
  write32(row + 8, vector);
  write32(row + 12, 0);  // Not masked.
}

void VirtioDevice::msix_enable(bool on) {
  pci_write16(address_, add(msix_, kMsixControl), on ? kMsixEnable : 0);
}

}  // namespace guest
