// An ATA disk as a driver reads and writes it by PIO (ATA/ATAPI-6, 8 and 9).

#include "devices/ide/ata_disk.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>

#include "support/ide_machine.h"

namespace minivmm::ide {
namespace {

using test::Bytes;
using test::IdeMachine;
using test::image_bytes;
using test::kDiskSeed;
using test::kPrimary;

constexpr std::uint8_t kReadyStatus = kReady | kSeekComplete;
constexpr std::uint8_t kDataStatus = kReadyStatus | kDataRequest;
constexpr std::uint64_t kSectors = IdeMachine::kDiskBytes / 512;

std::uint32_t word(const Bytes& block, std::size_t index) {
  return static_cast<std::uint32_t>(block[2 * index] | block[2 * index + 1] << 8);
}

std::string text(const Bytes& block, std::size_t first, std::size_t words) {
  std::string characters;
  for (std::size_t i = 0; i < 2 * words; ++i)
    characters += static_cast<char>(block[2 * first + (i ^ 1)]);
  return characters;
}

Bytes pattern(std::size_t size, unsigned seed) {
  return image_bytes(1234, size, seed);
}

bool disk_holds(IdeMachine& machine, std::size_t at, const Bytes& bytes) {
  return std::equal(bytes.begin(), bytes.end(),
                    machine.disk.contents().begin() + static_cast<std::ptrdiff_t>(at),
                    [](std::uint8_t a, std::byte b) { return std::byte{a} == b; });
}

}  // namespace

TEST_CASE("A disk identifies itself with its size, its serial number and a right checksum") {
  IdeMachine machine;
  machine.command(kPrimary, kCmdIdentifyDevice);
  REQUIRE(machine.status(kPrimary) == kDataStatus);
  const Bytes block = machine.read_data(kPrimary, 512);

  CHECK(machine.status(kPrimary) == kReadyStatus);
  CHECK(text(block, 10, 10) == "serial              ");
  CHECK(text(block, 27, 20).starts_with("MINIVMM HARD DISK"));
  CHECK((word(block, 60) | word(block, 61) << 16) == kSectors);
  CHECK((word(block, 100) | word(block, 101) << 16) == kSectors);
  CHECK(word(block, 6) == 63);
  unsigned sum = 0;
  for (const std::uint8_t byte : block) sum += byte;
  CHECK((sum & 0xff) == 0);
}

TEST_CASE("A sector is read with one interrupt, which reading STATUS takes away") {
  IdeMachine machine;
  machine.set_lba28(kPrimary, 5, 1);
  machine.command(kPrimary, kCmdReadSectors);

  CHECK(machine.primary_irq.asserted());
  CHECK(machine.alternate_status(kPrimary) == kDataStatus);
  CHECK(machine.primary_irq.asserted());
  CHECK(machine.status(kPrimary) == kDataStatus);
  CHECK_FALSE(machine.primary_irq.asserted());
  CHECK(machine.read_data(kPrimary, 512) == image_bytes(5 * 512, 512, kDiskSeed));
  CHECK(machine.status(kPrimary) == kReadyStatus);
  CHECK(machine.primary_irq.rises() == 1);
}

TEST_CASE("Each sector of a longer read has its interrupt") {
  IdeMachine machine;
  machine.set_lba28(kPrimary, 0, 3);
  machine.command(kPrimary, kCmdReadSectors);
  Bytes all;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(machine.status(kPrimary) == kDataStatus);
    const Bytes sector = machine.read_data(kPrimary, 512);
    all.insert(all.end(), sector.begin(), sector.end());
  }
  CHECK(machine.status(kPrimary) == kReadyStatus);
  CHECK(all == image_bytes(0, 3 * 512, kDiskSeed));
  CHECK(machine.primary_irq.rises() == 3);
}

TEST_CASE("A count of 0 reads 256 sectors") {
  IdeMachine machine;
  machine.set_lba28(kPrimary, 100, 0);
  machine.command(kPrimary, kCmdReadSectors);
  CHECK(machine.read_data(kPrimary, 256 * 512) == image_bytes(100 * 512, 256 * 512, kDiskSeed));
  CHECK(machine.status(kPrimary) == kReadyStatus);
}

TEST_CASE("A 48-bit read goes beyond what the drive has in its buffer at a time") {
  IdeMachine machine;
  constexpr std::uint16_t kCount = 1500;
  machine.set_lba48(kPrimary, 3, kCount);
  machine.command(kPrimary, kCmdReadSectorsExt);
  Bytes all;
  for (unsigned i = 0; i < kCount; ++i) {
    REQUIRE(machine.status(kPrimary) == kDataStatus);
    const Bytes sector = machine.read_data(kPrimary, 512);
    all.insert(all.end(), sector.begin(), sector.end());
  }
  CHECK((all == image_bytes(3 * 512, kCount * 512, kDiskSeed)));
  CHECK(machine.status(kPrimary) == kReadyStatus);
}

TEST_CASE("What is written is on the disk, and is read back by another address form") {
  IdeMachine machine;
  const Bytes data = pattern(2 * 512, 9);
  machine.set_lba28(kPrimary, 63, 2);
  machine.command(kPrimary, kCmdWriteSectors);
  CHECK(machine.primary_irq.rises() == 0);
  machine.write_data(kPrimary, std::span(data).first(512));
  CHECK(machine.status(kPrimary) == kDataStatus);
  machine.write_data(kPrimary, std::span(data).subspan(512));
  CHECK(machine.status(kPrimary) == kReadyStatus);
  CHECK(machine.primary_irq.rises() == 2);
  CHECK(disk_holds(machine, 63 * 512, data));

  // Cylinder 0, head 1, sector 1 of 63 sectors a track.
  machine.set(kPrimary, 2, 2);
  machine.set(kPrimary, 3, 1);
  machine.set(kPrimary, 4, 0);
  machine.set(kPrimary, 5, 0);
  machine.set(kPrimary, 6, 0xa1);
  machine.command(kPrimary, kCmdReadSectors);
  CHECK(machine.read_data(kPrimary, 2 * 512) == data);
}

TEST_CASE("Sectors are moved several at a time after SET MULTIPLE MODE, the last ones too") {
  IdeMachine machine;
  machine.set(kPrimary, 2, 4);
  machine.command(kPrimary, kCmdSetMultiple);
  machine.set_lba28(kPrimary, 8, 6);
  machine.command(kPrimary, kCmdReadMultiple);
  const int before = machine.primary_irq.rises();
  CHECK(machine.status(kPrimary) == kDataStatus);
  CHECK(machine.read_data(kPrimary, 4 * 512) == image_bytes(8 * 512, 4 * 512, kDiskSeed));
  CHECK(machine.primary_irq.rises() == before + 1);
  CHECK(machine.status(kPrimary) == kDataStatus);
  CHECK(machine.read_data(kPrimary, 2 * 512) == image_bytes(12 * 512, 2 * 512, kDiskSeed));
  CHECK(machine.status(kPrimary) == kReadyStatus);

  const Bytes data = pattern(6 * 512, 5);
  machine.set_lba28(kPrimary, 20, 6);
  machine.command(kPrimary, kCmdWriteMultiple);
  machine.write_data(kPrimary, data);
  CHECK(machine.status(kPrimary) == kReadyStatus);
  CHECK(disk_holds(machine, 20 * 512, data));
}

TEST_CASE("READ MULTIPLE is aborted where no multiple was set") {
  IdeMachine machine;
  machine.set_lba28(kPrimary, 0, 1);
  machine.command(kPrimary, kCmdReadMultiple);
  CHECK((machine.status(kPrimary) & kError) != 0);
  CHECK(machine.error(kPrimary) == kAborted);
}

TEST_CASE("A transfer across the end of the disk finds no such sector, and moves nothing") {
  const std::uint8_t command =
      GENERATE(as<std::uint8_t>{}, kCmdReadSectors, kCmdWriteSectors, kCmdReadDma);
  IdeMachine machine;
  machine.set_lba28(kPrimary, kSectors - 1, 2);
  machine.command(kPrimary, command);
  CHECK(machine.status(kPrimary) == (kReadyStatus | kError));
  CHECK(machine.error(kPrimary) == kIdNotFound);
  CHECK(machine.disk.ended().empty());
  // The first sector that is not there.
  CHECK((machine.reg(kPrimary, 3) | machine.reg(kPrimary, 4) << 8) == kSectors);
}

TEST_CASE("A 48-bit address far beyond any disk is not found") {
  IdeMachine machine;
  machine.set_lba48(kPrimary, 0xffff'ffff'ffff, 0);
  machine.command(kPrimary, kCmdReadSectorsExt);
  CHECK(machine.error(kPrimary) == kIdNotFound);
}

TEST_CASE("A sector number that the geometry doesn't have is not found") {
  const std::uint8_t sector = GENERATE(as<std::uint8_t>{}, 0, 64);
  IdeMachine machine;
  machine.set(kPrimary, 2, 1);
  machine.set(kPrimary, 3, sector);
  machine.set(kPrimary, 6, 0xa0);
  machine.command(kPrimary, kCmdReadSectors);
  CHECK(machine.error(kPrimary) == kIdNotFound);
}

TEST_CASE("A read that the host can't do is uncorrectable data at that address") {
  IdeMachine machine;
  machine.disk.fail(BlockOp::kRead, EIO);
  machine.set_lba28(kPrimary, 77, 1);
  machine.command(kPrimary, kCmdReadSectors);
  CHECK(machine.status(kPrimary) == (kReadyStatus | kError));
  CHECK(machine.error(kPrimary) == kUncorrectable);
  CHECK(machine.reg(kPrimary, 3) == 77);

  machine.disk.fail(BlockOp::kRead, 0);
  machine.set_lba28(kPrimary, 77, 1);
  machine.command(kPrimary, kCmdReadSectors);
  CHECK(machine.status(kPrimary) == kDataStatus);
}

TEST_CASE("A write or a flush that the host can't do is a device fault") {
  IdeMachine machine;
  machine.disk.fail(BlockOp::kWrite, EIO);
  machine.disk.fail(BlockOp::kFlush, EIO);
  machine.set_lba28(kPrimary, 0, 1);
  machine.command(kPrimary, kCmdWriteSectors);
  machine.write_data(kPrimary, Bytes(512));
  CHECK((machine.status(kPrimary) & (kDeviceFault | kError)) == (kDeviceFault | kError));

  machine.command(kPrimary, kCmdFlushCache);
  CHECK((machine.status(kPrimary) & (kDeviceFault | kError)) == (kDeviceFault | kError));
}

TEST_CASE("A read-only disk is read, and aborts what would write") {
  IdeMachine machine({.size = IdeMachine::kDiskBytes, .read_only = true});
  const std::uint8_t command =
      GENERATE(as<std::uint8_t>{}, kCmdWriteSectors, kCmdWriteDma, kCmdWriteSectorsExt);
  machine.set_lba28(kPrimary, 0, 1);
  machine.command(kPrimary, command);
  CHECK(machine.error(kPrimary) == kAborted);

  machine.set_lba28(kPrimary, 0, 1);
  machine.command(kPrimary, kCmdReadSectors);
  CHECK(machine.read_data(kPrimary, 512) == image_bytes(0, 512, kDiskSeed));
  machine.command(kPrimary, kCmdFlushCache);
  CHECK(machine.status(kPrimary) == kReadyStatus);
}

TEST_CASE("A verify reads the sectors, and moves none of them") {
  IdeMachine machine;
  machine.set_lba28(kPrimary, 10, 3);
  machine.command(kPrimary, kCmdReadVerify);
  CHECK(machine.status(kPrimary) == kReadyStatus);
  REQUIRE(machine.disk.ended().size() == 1);
  CHECK(machine.disk.ended()[0].length == 3 * 512);
}

TEST_CASE("The drive is busy until the host is done, and no register can be written meanwhile") {
  IdeMachine machine;
  machine.disk.hold();
  machine.set_lba28(kPrimary, 1, 1);
  machine.command(kPrimary, kCmdReadSectors);
  CHECK(machine.status(kPrimary) == kBusy);
  machine.set(kPrimary, 3, 0x99);
  machine.set(kPrimary, 7, kCmdIdentifyDevice);
  CHECK_FALSE(machine.primary_irq.asserted());

  machine.disk.release();
  machine.serve();
  CHECK(machine.primary_irq.asserted());
  CHECK(machine.reg(kPrimary, 3) == 1);
  CHECK(machine.read_data(kPrimary, 512) == image_bytes(512, 512, kDiskSeed));
}

}  // namespace minivmm::ide
