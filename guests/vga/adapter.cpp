#include "vga/adapter.h"

#include "lib/paging.h"
#include "lib/pci.h"

using namespace guest;

std::uintptr_t map_framebuffer() {
  constexpr std::uint32_t kStandardVga = 0x1111'1234;
  constexpr std::uint64_t kMapped = 16u << 20;  // Enough for every picture here.
  constexpr std::uint16_t kCommandIo = 0x1;
  std::uintptr_t found = 0;
  for_each_pci_function([&](PciAddress address, std::uint32_t id) {
    if (id != kStandardVga) return true;
    pci_write16(address, pci::kCommand, kCommandIo | pci::kCommandMemory);
    found = pci_memory_bar(address, 0);
    return false;
  });
  if (found != 0) map_physical(found, kMapped);
  return found;
}
