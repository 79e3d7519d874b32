#include "machine/ide_places.h"

#include <algorithm>

namespace minivmm {

bool has_ide(const MachineConfig& config) {
  return config.cdrom.has_value() ||
         std::ranges::find(config.disks, DiskBus::kIde, &DiskConfig::bus) != config.disks.end();
}

std::vector<IdePlace> ide_disk_places(const MachineConfig& config) {
  std::vector<IdePlace> places{{0, 0}, {0, 1}, {1, 0}, {1, 1}};
  if (config.cdrom) std::erase(places, kCdromPlace);
  return places;
}

}  // namespace minivmm
