#include "machine/boot_paths.h"

#include <catch2/catch.hpp>

namespace minivmm {

TEST_CASE("Firmware's paths are those of the disks in their order, whatever they are on") {
  MachineConfig config;
  config.disks = {
      {.path = "a", .bus = DiskBus::kIde}, {.path = "b"}, {.path = "a", .bus = DiskBus::kIde}};
  config.cdrom.emplace();
  const BootPaths paths = boot_paths(config, {.disks = {1, 2}, .networks = {28}});
  CHECK(paths.disks == std::vector<std::string>{"/pci@i0cf8/ide@1d/drive@0/disk@0",
                                                "/pci@i0cf8/scsi@1/disk@0,0",
                                                "/pci@i0cf8/ide@1d/drive@0/disk@1"});
  CHECK(paths.cds == std::vector<std::string>{"/pci@i0cf8/ide@1d/drive@1/disk@0"});
  CHECK(paths.networks == std::vector<std::string>{"/pci@i0cf8/ethernet@1c"});
}

}  // namespace minivmm
