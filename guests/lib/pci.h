#pragma once
// PCI by configuration mechanism #1 (PCI 3.0, 3.2.2.3.2).

#include <cstdint>

namespace guest {

struct PciAddress {
  std::uint8_t slot, function;  ///< On bus 0.
};

namespace pci {
// The common header (PCI 3.0, 6.1 and 6.7).
inline constexpr std::uint8_t kVendor = 0x00, kDevice = 0x02, kCommand = 0x04, kStatus = 0x06;
inline constexpr std::uint8_t kClass = 0x0a, kHeaderType = 0x0e, kBar0 = 0x10;
inline constexpr std::uint8_t kCapabilities = 0x34, kInterruptLine = 0x3c;
inline constexpr std::uint16_t kCommandMemory = 0x2, kCommandMaster = 0x4;
inline constexpr std::uint16_t kCommandIntxOff = 0x400;
inline constexpr std::uint16_t kStatusCapabilities = 0x10;
inline constexpr std::uint8_t kMultiFunction = 0x80;
inline constexpr std::uint8_t kCapabilityVendor = 0x09, kCapabilityMsix = 0x11;
}  // namespace pci

std::uint32_t pci_read32(PciAddress address, std::uint8_t offset);
std::uint16_t pci_read16(PciAddress address, std::uint8_t offset);
std::uint8_t pci_read8(PciAddress address, std::uint8_t offset);
void pci_write32(PciAddress address, std::uint8_t offset, std::uint32_t value);
void pci_write16(PciAddress address, std::uint8_t offset, std::uint16_t value);

/// Calls visit(PciAddress, vendor and device) for every function of bus 0; the visitor answers
/// whether to go on.
template <typename Visitor>
void for_each_pci_function(Visitor visit) {
  for (std::uint8_t slot = 0; slot < 32; ++slot) {
    for (std::uint8_t function = 0; function < 8; ++function) {
      const PciAddress address = {slot, function};
      const std::uint32_t id = pci_read32(address, pci::kVendor);
      if ((id & 0xffff) != 0xffff && !visit(address, id)) return;
      const bool single = (pci_read8(address, pci::kHeaderType) & pci::kMultiFunction) == 0;
      if (function == 0 && ((id & 0xffff) == 0xffff || single)) break;
    }
  }
}

/// The next capability of that id after `after` (0: the first); 0 if there is none.
std::uint8_t pci_find_capability(PciAddress address, std::uint8_t id, std::uint8_t after = 0);
/// The address in a memory BAR, of 32 or 64 bits.
std::uint64_t pci_memory_bar(PciAddress address, std::uint8_t index);

}  // namespace guest
