// What a driver sets on an ATA disk, and the commands that move no data.

#include <catch2/catch.hpp>

#include "devices/ide/ata_disk.h"
#include "support/ide_machine.h"

namespace minivmm::ide {
namespace {

using test::Bytes;
using test::IdeMachine;
using test::kPrimary;

constexpr std::uint8_t kReadyStatus = kReady | kSeekComplete;

std::uint32_t identify_word(IdeMachine& machine, std::size_t index) {
  machine.command(kPrimary, kCmdIdentifyDevice);
  const Bytes block = machine.read_data(kPrimary, 512);
  return static_cast<std::uint32_t>(block[2 * index] | block[2 * index + 1] << 8);
}

void set_feature(IdeMachine& machine, std::uint8_t feature, std::uint8_t value = 0) {
  machine.set(kPrimary, 1, feature);
  machine.set(kPrimary, 2, value);
  machine.command(kPrimary, kCmdSetFeatures);
}

}  // namespace

TEST_CASE("The chosen DMA mode is the one that IDENTIFY then names") {
  IdeMachine machine;
  set_feature(machine, kFeatureTransferMode, 0x42);
  CHECK(machine.status(kPrimary) == kReadyStatus);
  CHECK(identify_word(machine, 88) == 0x0407);
  CHECK(identify_word(machine, 63) == 0x0007);

  set_feature(machine, kFeatureTransferMode, 0x21);
  CHECK(identify_word(machine, 88) == 0x0007);
  CHECK(identify_word(machine, 63) == 0x0207);
  set_feature(machine, kFeatureTransferMode, 0x0c);
  CHECK(machine.status(kPrimary) == kReadyStatus);
}

TEST_CASE("A transfer mode that a PIIX4 doesn't do is aborted") {
  const std::uint8_t mode = GENERATE(as<std::uint8_t>{}, 0x45, 0x23, 0x0d, 0x80, 0xff);
  IdeMachine machine;
  set_feature(machine, kFeatureTransferMode, mode);
  CHECK(machine.error(kPrimary) == kAborted);
}

TEST_CASE("Without its write cache a disk makes each write stable before it ends") {
  IdeMachine machine;
  set_feature(machine, kFeatureWriteCacheOff);
  CHECK((identify_word(machine, 85) & 0x20) == 0);
  machine.set_lba28(kPrimary, 0, 1);
  machine.command(kPrimary, kCmdWriteSectors);
  machine.write_data(kPrimary, Bytes(512));

  CHECK(machine.status(kPrimary) == kReadyStatus);
  CHECK(machine.disk.ended().back().op == BlockOp::kFlush);
  set_feature(machine, kFeatureWriteCacheOn);
  CHECK((identify_word(machine, 85) & 0x20) != 0);
}

TEST_CASE("FLUSH CACHE ends after the host's flush has") {
  IdeMachine machine;
  machine.disk.hold();
  machine.command(kPrimary, kCmdFlushCacheExt);
  CHECK(machine.status(kPrimary) == kBusy);
  machine.disk.release();
  machine.serve();
  CHECK(machine.status(kPrimary) == kReadyStatus);
  CHECK(machine.disk.ended().back().op == BlockOp::kFlush);
}

TEST_CASE("A multiple that is no power of two, or too large, is aborted") {
  const std::uint8_t count = GENERATE(as<std::uint8_t>{}, 3, 32, 255);
  IdeMachine machine;
  machine.set(kPrimary, 2, count);
  machine.command(kPrimary, kCmdSetMultiple);
  CHECK(machine.error(kPrimary) == kAborted);
  CHECK(identify_word(machine, 59) == 0);
}

TEST_CASE("A driver's own geometry is how cylinders, heads and sectors count from then on") {
  IdeMachine machine;
  machine.set(kPrimary, 2, 32);    // Sectors a track.
  machine.set(kPrimary, 6, 0xa3);  // Four heads.
  machine.command(kPrimary, kCmdInitializeParameters);
  CHECK(identify_word(machine, 56) == 32);
  CHECK(identify_word(machine, 55) == 4);
  CHECK(identify_word(machine, 54) == IdeMachine::kDiskBytes / 512 / 128);

  machine.set(kPrimary, 2, 1);
  machine.set(kPrimary, 3, 2);
  machine.set(kPrimary, 4, 3);
  machine.set(kPrimary, 5, 0);
  machine.set(kPrimary, 6, 0xa1);
  machine.command(kPrimary, kCmdReadSectors);
  CHECK(machine.disk.ended().back().offset == ((3 * 4 + 1) * 32 + 1) * 512);
}

TEST_CASE("The native maximum is the last sector") {
  IdeMachine machine;
  machine.set(kPrimary, 6, 0xe0);
  machine.command(kPrimary, kCmdReadNativeMax);
  CHECK(machine.status(kPrimary) == kReadyStatus);
  CHECK((machine.reg(kPrimary, 3) | machine.reg(kPrimary, 4) << 8) ==
        IdeMachine::kDiskBytes / 512 - 1);

  machine.command(kPrimary, kCmdReadNativeMaxExt);
  machine.out8(kPrimary.control, kHighOrderByte);
  CHECK(machine.reg(kPrimary, 3) == 0);
  machine.out8(kPrimary.control, 0);
  CHECK(machine.reg(kPrimary, 3) == ((IdeMachine::kDiskBytes / 512 - 1) & 0xff));
}

TEST_CASE("Power commands end well, and the disk says that it is active") {
  const std::uint8_t command =
      GENERATE(as<std::uint8_t>{}, kCmdStandbyImmediate, kCmdIdleImmediate, kCmdStandby, kCmdIdle,
               kCmdSleep, kCmdRecalibrate, kCmdSeek);
  IdeMachine machine;
  machine.command(kPrimary, command);
  CHECK(machine.status(kPrimary) == kReadyStatus);
  machine.command(kPrimary, kCmdCheckPowerMode);
  CHECK(machine.reg(kPrimary, 2) == 0xff);
}

TEST_CASE("What a disk doesn't do is aborted: packets, SMART, security, no operation") {
  const std::uint8_t command = GENERATE(as<std::uint8_t>{}, 0x00, kCmdDeviceReset, kCmdPacket,
                                        kCmdIdentifyPacketDevice, 0xb0, 0xf6, 0x06, 0xf9, 0xff);
  IdeMachine machine;
  machine.command(kPrimary, command);
  CHECK(machine.status(kPrimary) == (kReadyStatus | kError));
  CHECK(machine.error(kPrimary) == kAborted);
  CHECK_FALSE(machine.primary_irq.asserted());
  CHECK(machine.primary_irq.rises() == 1);
}

}  // namespace minivmm::ide
