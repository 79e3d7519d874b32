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

}  // namespace minivmm
