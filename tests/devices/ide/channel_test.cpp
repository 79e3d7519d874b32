// Two drives on a cable, resets, and the function's place in the machine.

#include "devices/ide/channel.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "support/ide_machine.h"

namespace minivmm::ide {
namespace {

using test::Bytes;
using test::IdeMachine;
using test::IdePorts;
using test::image_bytes;
using test::kDiskSeed;
using test::kPrimary;
using test::kSecondary;

constexpr std::uint8_t kReadyStatus = kReady | kSeekComplete;

void pulse_srst(IdeMachine& machine, const IdePorts& at) {
  machine.out8(at.control, kSoftwareReset);
  machine.out8(at.control, 0);
}

Bytes signature(IdeMachine& machine, const IdePorts& at) {
  return {machine.reg(at, 1), machine.reg(at, 2), machine.reg(at, 3), machine.reg(at, 4),
          machine.reg(at, 5)};
}

void config_write(IdeMachine& machine, std::uint32_t offset, std::uint16_t value) {
  std::byte bytes[2];
  store_le(bytes, value);
  const std::lock_guard guard(machine.controller.lock());
  machine.controller.config_write(offset, bytes);
}

std::uint32_t config_read(IdeMachine& machine, std::uint32_t offset) {
  std::byte bytes[4];
  const std::lock_guard guard(machine.controller.lock());
  machine.controller.config_read(offset, bytes);
  return static_cast<std::uint32_t>(load_le(bytes));
}

}  // namespace

TEST_CASE("The controller is a PIIX4's, in compatibility mode") {
  IdeMachine machine;
  CHECK(config_read(machine, 0x00) == 0x7111'8086);
  CHECK(config_read(machine, 0x08) >> 8 == 0x01'01'80);
  CHECK((config_read(machine, 0x20) & 1) == 1);
}

TEST_CASE("A channel's ports answer only while they are enabled") {
  IdeMachine machine;
  REQUIRE(machine.status(kPrimary) == kReadyStatus);
  config_write(machine, 0x40, 0);
  CHECK(machine.status(kPrimary) == 0xff);
  CHECK(machine.status(kSecondary) != 0xff);
  config_write(machine, 0x40, 0x8000);
  CHECK(machine.status(kPrimary) == kReadyStatus);

  config_write(machine, pci::kCommand, pci::kCommandBusMaster);
  CHECK(machine.status(kPrimary) == 0xff);
  CHECK(machine.dma_status(kPrimary) == 0xff);
}

TEST_CASE("After power-on, a reset or diagnostics, drives say what they are") {
  IdeMachine machine;
  const Bytes disk{1, 1, 1, 0x00, 0x00};
  const Bytes cd{1, 1, 1, 0x14, 0xeb};
  CHECK(signature(machine, kPrimary) == disk);
  CHECK(signature(machine, kSecondary) == cd);
  machine.command(kPrimary, kCmdIdentifyDevice);
  machine.command(kSecondary, kCmdIdentifyPacketDevice);
  pulse_srst(machine, kPrimary);
  pulse_srst(machine, kSecondary);
  CHECK(signature(machine, kPrimary) == disk);
  CHECK(signature(machine, kSecondary) == cd);
  CHECK(machine.status(kPrimary) == kReadyStatus);
  CHECK(machine.status(kSecondary) == 0);

  machine.command(kPrimary, kCmdDiagnostic);
  CHECK(machine.primary_irq.asserted());
  CHECK(signature(machine, kPrimary) == disk);
}

TEST_CASE("A reset ends what the host still does before the drive is ready again") {
  IdeMachine machine;
  machine.disk.hold();
  machine.set_lba28(kPrimary, 0, 1);
  machine.command(kPrimary, kCmdReadSectors);
  pulse_srst(machine, kPrimary);
  CHECK(machine.status(kPrimary) == kBusy);
  machine.disk.release();
  machine.serve();
  CHECK(machine.status(kPrimary) == kReadyStatus);
  CHECK_FALSE(machine.primary_irq.asserted());

  machine.set_lba28(kPrimary, 4, 1);
  machine.command(kPrimary, kCmdReadSectors);
  CHECK(machine.read_data(kPrimary, 512) == image_bytes(4 * 512, 512, kDiskSeed));
}

TEST_CASE("A reset that is held keeps the drive busy") {
  IdeMachine machine;
  machine.out8(kPrimary.control, kSoftwareReset);
  CHECK(machine.status(kPrimary) == kBusy);
  machine.command(kPrimary, kCmdIdentifyDevice);
  CHECK(machine.status(kPrimary) == kBusy);
  machine.out8(kPrimary.control, 0);
  CHECK(machine.status(kPrimary) == kReadyStatus);
}

TEST_CASE("A reset in the middle of a transfer forgets it") {
  IdeMachine machine;
  machine.set_lba28(kPrimary, 0, 2);
  machine.command(kPrimary, kCmdWriteSectors);
  machine.write_data(kPrimary, Bytes(100));
  pulse_srst(machine, kPrimary);
  CHECK(machine.status(kPrimary) == kReadyStatus);
  machine.write_data(kPrimary, Bytes(2000));
  CHECK(machine.disk.ended().empty());
}

TEST_CASE("DEVICE RESET brings a packet device back, whatever it is doing") {
  IdeMachine machine;
  machine.settle_cd();
  machine.disc.hold();
  machine.packet({0x28, 0, 0, 0, 0, 0, 0, 0, 1});
  CHECK(machine.status(kSecondary) == kBusy);
  machine.command(kSecondary, kCmdDeviceReset);
  machine.disc.release();
  machine.serve();
  CHECK(machine.status(kSecondary) == 0);
  CHECK(signature(machine, kSecondary) == Bytes{1, 1, 1, 0x14, 0xeb});
}

TEST_CASE("Where there is no drive, a driver that writes and reads back finds nobody") {
  IdeMachine machine;
  machine.set(kPrimary, 6, 0xb0);  // The slave.
  machine.set(kPrimary, 2, 0x55);
  machine.set(kPrimary, 3, 0xaa);
  CHECK(machine.reg(kPrimary, 2) == 0);
  CHECK(machine.reg(kPrimary, 3) == 0);
  CHECK(machine.status(kPrimary) == 0);
  CHECK(machine.alternate_status(kPrimary) == 0);
  machine.command(kPrimary, kCmdIdentifyDevice);
  CHECK(machine.read_data(kPrimary, 4) == Bytes(4));
  machine.write_data(kPrimary, Bytes(4));
  CHECK_FALSE(machine.primary_irq.asserted());

  machine.set(kPrimary, 6, 0xa0);
  CHECK(machine.reg(kPrimary, 2) == 0x55);
}

TEST_CASE("Two drives on a cable are told apart by the DEV bit") {
  IdeMachine machine;
  test::MemoryDisk other_disk({.size = 8192});
  IdeMachine::number(other_disk.contents(), 7);
  ImageQueue other_queue({.backend = other_disk, .wake = [] {}});
  AtaDisk other(other_queue, {.name = "other", .serial = "slave"});
  machine.controller.channel(0).attach(1, other);

  machine.set_lba28(kPrimary, 1, 1);
  machine.set(kPrimary, 6, 0xf0);
  machine.command(kPrimary, kCmdReadSectors);
  other_queue.serve(machine.controller.lock(), BlockBackend::Wait::kNo);
  CHECK(machine.read_data(kPrimary, 512) == image_bytes(512, 512, 7));
  machine.set_lba28(kPrimary, 1, 1);
  machine.command(kPrimary, kCmdReadSectors);
  CHECK(machine.read_data(kPrimary, 512) == image_bytes(512, 512, kDiskSeed));
}

TEST_CASE("Interrupts come only while the driver lets them") {
  IdeMachine machine;
  machine.out8(kPrimary.control, kInterruptDisable);
  machine.command(kPrimary, kCmdCheckPowerMode);
  CHECK_FALSE(machine.primary_irq.asserted());
  machine.out8(kPrimary.control, 0);
  CHECK(machine.primary_irq.asserted());
  CHECK(machine.status(kPrimary) == kReadyStatus);
  CHECK_FALSE(machine.primary_irq.asserted());
}

TEST_CASE("A person who looks sees the registers by their names") {
  IdeMachine machine;
  const IoDevice& block = machine.controller.channel(0).command_block();
  CHECK(block.register_at(7, Access::kRead) == "Status");
  CHECK(block.register_at(7, Access::kWrite) == "Command");
  CHECK(block.register_at(1, Access::kWrite) == "Features");
  CHECK(machine.controller.bus_masters().register_at(10, Access::kRead) == "BMIS1");
  const auto values = block.registers();
  const auto status = std::ranges::find(values, "drive0.Status", &RegisterValue::name);
  REQUIRE(status != values.end());
  CHECK(status->meaning == "DRDY, DSC");
}

}  // namespace minivmm::ide
