#include "machine/boot_paths.h"

#include <fmt/core.h>

#include "machine/ide_places.h"
#include "machine/layout.h"

namespace minivmm {
namespace {

std::string ide_path(const IdePlace& place) {
  return fmt::format("/pci@i0cf8/ide@{:x}/drive@{:x}/disk@{:x}", layout::kIdeSlot, place.channel,
                     place.unit);
}

}  // namespace

const std::vector<std::string>& BootPaths::of(BootDevice device) const {
  switch (device) {
    case BootDevice::kDisk:
      return disks;
    case BootDevice::kCdrom:
      return cds;
    case BootDevice::kNetwork:
      break;
  }
  return networks;
}

BootPaths boot_paths(const MachineConfig& config, const BootSlots& slots) {
  BootPaths paths;
  const std::vector<IdePlace> places = ide_disk_places(config);
  std::size_t ide = 0;
  std::size_t virtio = 0;
  for (const DiskConfig& disk : config.disks)
    paths.disks.push_back(disk.bus == DiskBus::kIde ? ide_path(places.at(ide++))
                                                    : fmt::format("/pci@i0cf8/scsi@{:x}/disk@0,0",
                                                                  slots.disks.at(virtio++)));
  if (config.cdrom) paths.cds.push_back(ide_path(kCdromPlace));
  for (const unsigned slot : slots.networks)
    paths.networks.push_back(fmt::format("/pci@i0cf8/ethernet@{:x}", slot));
  return paths;
}

}  // namespace minivmm
