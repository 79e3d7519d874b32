#include "machine/ide_places.h"

#include <fmt/core.h>

#include <algorithm>

#include "machine/layout.h"

namespace minivmm {
namespace {

std::string ide_path(const IdePlace& place) {
  return fmt::format("/pci@i0cf8/ide@{:x}/drive@{:x}/disk@{:x}", layout::kIdeSlot, place.channel,
                     place.unit);
}

}  // namespace

bool has_ide(const MachineConfig& config) {
  return config.cdrom.has_value() ||
         std::ranges::find(config.disks, DiskBus::kIde, &DiskConfig::bus) != config.disks.end();
}

std::vector<IdePlace> ide_disk_places(const MachineConfig& config) {
  std::vector<IdePlace> places{{0, 0}, {0, 1}, {1, 0}, {1, 1}};
  if (config.cdrom) std::erase(places, kCdromPlace);
  return places;
}

BootPaths boot_paths(const MachineConfig& config, const std::vector<unsigned>& virtio_slots) {
  BootPaths paths;
  const std::vector<IdePlace> places = ide_disk_places(config);
  std::size_t ide = 0;
  std::size_t virtio = 0;
  for (const DiskConfig& disk : config.disks)
    paths.disks.push_back(disk.bus == DiskBus::kIde ? ide_path(places.at(ide++))
                                                    : fmt::format("/pci@i0cf8/scsi@{:x}/disk@0,0",
                                                                  virtio_slots.at(virtio++)));
  if (config.cdrom) paths.cds.push_back(ide_path(kCdromPlace));
  return paths;
}

}  // namespace minivmm
