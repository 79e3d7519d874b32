#include "machine/boot_sector.h"

#include <catch2/catch.hpp>

#include "support/temp_folder.h"

namespace minivmm {
namespace {

using Catch::Contains;

const std::vector<BootDevice> kDisksFirst{BootDevice::kDisk, BootDevice::kCdrom};

std::string sector(bool bootable) {
  std::string bytes(4096, '\0');
  if (bootable) {
    bytes[510] = '\x55';
    bytes[511] = '\xaa';
  }
  return bytes;
}

std::vector<std::unique_ptr<DiskImage>> open(const std::vector<std::string>& paths) {
  std::vector<std::unique_ptr<DiskImage>> disks;
  for (const std::string& path : paths)
    disks.push_back(std::make_unique<DiskImage>(DiskConfig{.path = path, .read_only = true}));
  return disks;
}

}  // namespace

TEST_CASE("A first disk with a boot sector is nothing to speak of") {
  const test::TempFolder folder;
  const auto disks =
      open({folder.file("system.img", sector(true)), folder.file("data.img", sector(false))});

  CHECK(boot_sector_warning(kDisksFirst, disks).empty());
}

TEST_CASE("A first disk without a boot sector is named, with what to do") {
  const test::TempFolder folder;
  const auto disks = open({folder.file("empty.img", sector(false))});

  CHECK_THAT(boot_sector_warning(kDisksFirst, disks),
             Contains("empty.img") && Contains("no bootable device") && Contains("install"));
}

TEST_CASE("A disk that would start but is not the first is said to belong first") {
  const test::TempFolder folder;
  const auto disks =
      open({folder.file("data.img", sector(false)), folder.file("system.img", sector(true))});

  CHECK_THAT(boot_sector_warning(kDisksFirst, disks), Contains("data.img") && Contains("first"));
}

TEST_CASE("Without a disk there is nothing to start, unless disks are not asked for") {
  CHECK_THAT(boot_sector_warning(kDisksFirst, {}), Contains("--disk"));
  CHECK(boot_sector_warning({BootDevice::kNetwork}, {}).empty());
}

}  // namespace minivmm
