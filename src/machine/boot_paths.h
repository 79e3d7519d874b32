#pragma once
// How firmware names what it can start from: OpenFirmware paths, as QEMU and SeaBIOS have them
// (SeaBIOS, src/boot.c).

#include <string>
#include <vector>

#include "minivmm/machine_config.h"

namespace minivmm {

/// Each in the order in which they were named.
struct BootPaths {
  std::vector<std::string> disks{};
  std::vector<std::string> cds{};
  std::vector<std::string> networks{};

  [[nodiscard]] const std::vector<std::string>& of(BootDevice device) const;
};

/// PCI device numbers of the virtio disks and of the network cards, in their order.
struct BootSlots {
  std::vector<unsigned> disks{};
  std::vector<unsigned> networks{};
};
[[nodiscard]] BootPaths boot_paths(const MachineConfig& config, const BootSlots& slots);

}  // namespace minivmm
