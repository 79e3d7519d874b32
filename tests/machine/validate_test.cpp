#include "machine/validate.h"

#include <catch2/catch.hpp>

#include "minivmm/error.h"

namespace minivmm {
namespace {

MachineConfig with_kernel() {
  MachineConfig config;
  config.kernel = "vmlinuz";
  return config;
}

}  // namespace

TEST_CASE("The default machine is a valid one") {
  CHECK_NOTHROW(validate(MachineConfig{}));
}

TEST_CASE("Memory that no machine has is refused") {
  const std::uint64_t memory = GENERATE(0ull, 4096ull, (512ull << 20) + 1, 15ull << 60);
  MachineConfig config;
  config.memory = memory;
  CHECK_THROWS_AS(validate(config), ConfigError);
}

TEST_CASE("A machine with no processor is refused") {
  MachineConfig config;
  config.cpus = 0;
  CHECK_THROWS_WITH(validate(config), Catch::Contains("--cpus 1"));
}

TEST_CASE("Only one serial line can be on the terminal, and a PC has four") {
  MachineConfig config;
  config.serials = {{CharKind::kStdio, {}}, {CharKind::kStdio, {}}};
  CHECK_THROWS_AS(validate(config), ConfigError);
  config.serials.assign(5, {CharKind::kNone, {}});
  CHECK_THROWS_AS(validate(config), ConfigError);
}

TEST_CASE("What is meant for a kernel needs one") {
  MachineConfig config;
  config.cmdline = "console=ttyS0";
  CHECK_THROWS_WITH(validate(config), Catch::Contains("--kernel"));
}

TEST_CASE("A disk alone is booted by firmware, which takes nothing that is meant for a kernel") {
  MachineConfig config;
  config.disks = {{.path = "guest.img"}};
  CHECK_NOTHROW(validate(config));
  config.initrd = "initrd.img";
  CHECK_THROWS_WITH(validate(config), Catch::Contains("--kernel"));
}

TEST_CASE("A kernel and firmware together are refused") {
  MachineConfig config = with_kernel();
  config.firmware = "bios.bin";
  CHECK_THROWS_WITH(validate(config), Catch::Contains("--firmware"));
}

TEST_CASE("A boot order that is empty or names a device twice is refused") {
  MachineConfig config;
  config.boot_order = {};
  CHECK_THROWS_AS(validate(config), ConfigError);
  config.boot_order = {BootDevice::kDisk, BootDevice::kDisk};
  CHECK_THROWS_AS(validate(config), ConfigError);
}

TEST_CASE("More disks than there are places on the PCI bus are refused") {
  MachineConfig config = with_kernel();
  config.disks.assign(26, {.path = "guest.img"});
  CHECK_NOTHROW(validate(config));
  config.disks.push_back({.path = "guest.img"});
  CHECK_THROWS_AS(validate(config), ConfigError);
}

TEST_CASE("Two IDE cables have room for four drives") {
  MachineConfig config;
  config.disks.assign(4, {.path = "disk.img", .bus = DiskBus::kIde});
  CHECK_NOTHROW(validate(config));
  config.cdrom.emplace();
  CHECK_THROWS_WITH(validate(config), Catch::Contains("room for 3 beside the CD-ROM drive"));
}

TEST_CASE("Starting from a CD only needs a drive for it") {
  MachineConfig config;
  config.boot_order = {BootDevice::kCdrom};
  CHECK_THROWS_WITH(validate(config), Catch::Contains("--cdrom"));
  config.cdrom.emplace();
  CHECK_NOTHROW(validate(config));
}

}  // namespace minivmm
