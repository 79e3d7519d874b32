#include "machine/ide_places.h"

#include <catch2/catch.hpp>

namespace minivmm {
namespace {

DiskConfig disk(DiskBus bus) {
  return {.path = "disk.img", .bus = bus};
}

}  // namespace

TEST_CASE("The IDE controller is there where a disk or a CD-ROM drive asks for it") {
  MachineConfig config;
  CHECK_FALSE(has_ide(config));
  config.disks = {disk(DiskBus::kVirtio)};
  CHECK_FALSE(has_ide(config));
  config.disks.push_back(disk(DiskBus::kIde));
  CHECK(has_ide(config));
  config.disks.clear();
  config.cdrom.emplace();
  CHECK(has_ide(config));
}

TEST_CASE("Disks take the places on the cables that the CD-ROM drive leaves them") {
  MachineConfig config;
  CHECK(ide_disk_places(config).size() == 4);
  config.cdrom.emplace();
  CHECK(ide_disk_places(config) == std::vector<IdePlace>{{0, 0}, {0, 1}, {1, 1}});
}

TEST_CASE("Firmware's paths are those of the disks in their order, whatever they are on") {
  MachineConfig config;
  config.disks = {disk(DiskBus::kIde), disk(DiskBus::kVirtio), disk(DiskBus::kIde)};
  config.cdrom.emplace();
  const BootPaths paths = boot_paths(config, {1, 2});
  CHECK(paths.disks == std::vector<std::string>{"/pci@i0cf8/ide@1d/drive@0/disk@0",
                                                "/pci@i0cf8/scsi@1/disk@0,0",
                                                "/pci@i0cf8/ide@1d/drive@0/disk@1"});
  CHECK(paths.cds == std::vector<std::string>{"/pci@i0cf8/ide@1d/drive@1/disk@0"});
}

}  // namespace minivmm
