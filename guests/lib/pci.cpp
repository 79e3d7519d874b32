#include "lib/pci.h"

#include "lib/io.h"

namespace guest {
namespace {

constexpr std::uint16_t kConfigAddress = 0xcf8, kConfigData = 0xcfc;
constexpr std::uint32_t kConfigEnable = 1u << 31;
constexpr std::uint32_t kBarTypeMask = 0x6, kBar64 = 0x4;
constexpr std::uint32_t kBarAddressMask = ~0xfu;

void select(PciAddress address, std::uint8_t offset) {
  out32(kConfigAddress, kConfigEnable | std::uint32_t{address.slot} << 11 |
                            std::uint32_t{address.function} << 8 | (offset & 0xfcu));
}

constexpr std::uint16_t data_port(std::uint8_t offset) {
  return static_cast<std::uint16_t>(kConfigData + (offset & 3u));
}

}  // namespace

std::uint32_t pci_read32(PciAddress address, std::uint8_t offset) {
  select(address, offset);
  return in32(kConfigData);
}

std::uint16_t pci_read16(PciAddress address, std::uint8_t offset) {
  select(address, offset);
  return in16(data_port(offset));
}

std::uint8_t pci_read8(PciAddress address, std::uint8_t offset) {
  select(address, offset);
  return in8(data_port(offset));
}

void pci_write32(PciAddress address, std::uint8_t offset, std::uint32_t value) {
  select(address, offset);
  out32(kConfigData, value);
}

void pci_write16(PciAddress address, std::uint8_t offset, std::uint16_t value) {
  select(address, offset);
  out16(data_port(offset), value);
}

std::uint8_t pci_find_capability(PciAddress address, std::uint8_t id, std::uint8_t after) {
  if ((pci_read16(address, pci::kStatus) & pci::kStatusCapabilities) == 0) return 0;
  const auto next = static_cast<std::uint8_t>(after != 0 ? after + 1 : pci::kCapabilities);
  std::uint8_t offset = pci_read8(address, next) & 0xfc;
  while (offset != 0) {
    const std::uint16_t header = pci_read16(address, offset);
    if ((header & 0xff) == id) return offset;
    offset = static_cast<std::uint8_t>(header >> 8) & 0xfc;
  }
  return 0;
}

std::uint64_t pci_memory_bar(PciAddress address, std::uint8_t index) {
  const auto offset = static_cast<std::uint8_t>(pci::kBar0 + 4 * index);
  const std::uint32_t low = pci_read32(address, offset);
  std::uint64_t base = low & kBarAddressMask;
  if ((low & kBarTypeMask) == kBar64) {
    base |= std::uint64_t{pci_read32(address, static_cast<std::uint8_t>(offset + 4))} << 32;
  }
  return base;
}

}  // namespace guest
