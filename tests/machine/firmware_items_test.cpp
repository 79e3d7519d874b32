#include "machine/firmware_items.h"

#include <catch2/catch.hpp>
#include <map>

#include "support/guest_access.h"

namespace minivmm {
namespace {

/// What firmware reads of a machine with 8 processors, memory on both sides of 4 GiB and two disks.
class Firmware {
 public:
  explicit Firmware(FirmwareConsole console = FirmwareConsole::kScreen) {
    MachineConfig config;
    config.cpus = 8;
    config.boot_menu = true;
    boot::AcpiConfig acpi;
    acpi.com = {true, false, false, false};
    acpi.mmio64 = {{0x8'0000'0000}, 0x8'0000'0000};
    const std::vector<GuestRange> reserved{{{0xfeff'c000}, 0x4000}};
    describe_machine(device_, {.config = config,
                               .memory = memory_,
                               .acpi = acpi,
                               .smbios = {.cpus = 8, .ram = {{{0}, 0x8000}}},
                               .boot_paths = {.disks = {"/disk/1", "/disk/2"}, .cds = {"/cd"}},
                               .reserved = reserved,
                               .console = console});
    read_directory();
  }

  std::string item(std::uint16_t number, std::size_t size) {
    const std::byte selector[2] = {std::byte(number & 0xff), std::byte(number >> 8)};
    device_.write(0, selector);
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(test::in(device_, 1));
    return bytes;
  }
  bool has(const std::string& name) const { return files_.count(name) != 0; }
  std::string file(const std::string& name) {
    REQUIRE(has(name));
    return item(files_[name].first, files_[name].second);
  }

 private:
  static unsigned big_endian(const std::string& bytes) {
    unsigned value = 0;
    for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
    return value;
  }
  void read_directory() {
    const unsigned count = big_endian(item(FwCfg::kFileDirectory, 4));
    const std::string entries = item(FwCfg::kFileDirectory, 4 + count * 64);
    for (std::size_t at = 4; at < entries.size(); at += 64) {
      const auto number = static_cast<std::uint16_t>(big_endian(entries.substr(at + 4, 2)));
      files_[entries.c_str() + at + 8] = {number, big_endian(entries.substr(at, 4))};
    }
  }

  std::vector<std::byte> low_ = std::vector<std::byte>(0x8000);
  std::vector<std::byte> high_ = std::vector<std::byte>(0x4000);
  GuestMemory memory_{{{{{0}, 0x8000}, low_.data()}, {{{0x1'0000'0000}, 0x4000}, high_.data()}}};
  FwCfg device_{memory_};
  std::map<std::string, std::pair<std::uint16_t, std::size_t>> files_;
};

std::string little_endian(std::uint64_t value, std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(value >> 8 * i);
  return bytes;
}

}  // namespace

TEST_CASE("Firmware learns how many processors there are") {
  Firmware firmware;

  CHECK(firmware.item(FwCfg::kCpus, 2) == little_endian(8, 2));
  CHECK(firmware.item(FwCfg::kMaxCpus, 2) == little_endian(8, 2));
  CHECK(firmware.file("etc/boot-cpus") == little_endian(8, 2));
}

TEST_CASE("Firmware learns of all memory, and of what is reserved") {
  Firmware firmware;

  CHECK(firmware.file("etc/e820") ==
        little_endian(0, 8) + little_endian(0x8000, 8) + little_endian(1, 4) +
            little_endian(0x1'0000'0000, 8) + little_endian(0x4000, 8) + little_endian(1, 4) +
            little_endian(0xfeff'c000, 8) + little_endian(0x4000, 8) + little_endian(2, 4));
  CHECK(firmware.file("etc/reserved-memory-end") == little_endian(0x8'0000'0000, 8));
}

TEST_CASE("Firmware tries what it is told to, in that order, and nothing else") {
  Firmware firmware;

  CHECK(firmware.file("bootorder") == std::string("/disk/1\n/disk/2\n/cd\nHALT") + '\0');
  const BootPaths paths{.disks = {"/disk"}, .cds = {"/cd"}, .networks = {"/net"}};
  CHECK(boot_order_text({BootDevice::kCdrom, BootDevice::kDisk}, paths) == "/cd\n/disk\nHALT");
  CHECK(boot_order_text({BootDevice::kNetwork, BootDevice::kDisk}, paths) == "/net\n/disk\nHALT");
  CHECK(boot_order_text({BootDevice::kNetwork}, {}) == "HALT");
}

TEST_CASE("Firmware shows its menu where that was asked for, and never starts over by itself") {
  Firmware firmware;

  CHECK(firmware.item(FwCfg::kBootMenu, 2) == little_endian(1, 2));
  CHECK(firmware.file("etc/boot-fail-wait") == little_endian(0xffff'ffff, 4));
}

TEST_CASE("Firmware gets the tables for the operating system") {
  Firmware firmware;

  CHECK(firmware.file("etc/acpi/rsdp").substr(0, 8) == "RSD PTR ");
  CHECK(firmware.file("etc/acpi/tables").substr(0, 4) == "FACS");
  CHECK(firmware.file("etc/table-loader").size() % 128 == 0);
  CHECK(firmware.file("etc/smbios/smbios-anchor").substr(0, 4) == "_SM_");
  CHECK(firmware.has("etc/smbios/smbios-tables"));
  CHECK(firmware.file("etc/system-states") == std::string("\x80\0\0\0\0\x80", 6));
}

TEST_CASE("Firmware speaks on COM1 where there is no screen") {
  Firmware screen(FirmwareConsole::kScreen);
  CHECK_FALSE(screen.has("etc/sercon-port"));
  CHECK(screen.item(FwCfg::kNoGraphic, 2) == little_endian(0, 2));

  Firmware serial(FirmwareConsole::kSerial);
  CHECK(serial.file("etc/sercon-port") == little_endian(0x3f8, 2));
  CHECK(serial.item(FwCfg::kNoGraphic, 2) == little_endian(1, 2));
}

}  // namespace minivmm
