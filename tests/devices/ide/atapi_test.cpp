// A CD-ROM drive as a driver asks and reads it (MMC-3, by ATA/ATAPI-6's PACKET).

#include <array>
#include <catch2/catch.hpp>
#include <cerrno>
#include <string>

#include "devices/ide/atapi_cd.h"
#include "support/ide_machine.h"

namespace minivmm::ide {
namespace {

using test::Bytes;
using test::IdeMachine;
using test::image_bytes;
using test::kDiscSeed;
using test::kSecondary;
using Sense = std::array<unsigned, 3>;

constexpr std::uint8_t kReadyStatus = kReady | kSeekComplete;
constexpr std::uint32_t kBlocks = IdeMachine::kDiscBytes / 2048;

/// A drive whose driver has heard of the power-on.
struct Machine : IdeMachine {
  Machine() { settle_cd(); }
};

std::uint32_t be32(const Bytes& bytes, std::size_t at) {
  return static_cast<std::uint32_t>(bytes.at(at) << 24 | bytes.at(at + 1) << 16 |
                                    bytes.at(at + 2) << 8 | bytes.at(at + 3));
}

bool failed(IdeMachine& machine) {
  return (machine.status(kSecondary) & kError) != 0;
}

}  // namespace

TEST_CASE("A CD-ROM drive identifies itself as a packet device with a removable medium") {
  IdeMachine machine;
  machine.command(kSecondary, kCmdIdentifyPacketDevice);
  const Bytes block = machine.read_data(kSecondary, 512);
  CHECK((block[0] | block[1] << 8) == 0x85c0);
  unsigned sum = 0;
  for (const std::uint8_t byte : block) sum += byte;
  CHECK((sum & 0xff) == 0);
}

TEST_CASE("A driver that takes the drive for a disk learns what it is") {
  IdeMachine machine;
  const std::uint8_t command = GENERATE(as<std::uint8_t>{}, kCmdIdentifyDevice, kCmdReadSectors);
  machine.command(kSecondary, command);
  CHECK(machine.error(kSecondary) == kAborted);
  CHECK(machine.reg(kSecondary, 4) == 0x14);
  CHECK(machine.reg(kSecondary, 5) == 0xeb);
}

TEST_CASE("A packet is asked for without an interrupt, and answered with one") {
  Machine machine;
  machine.status(kSecondary);
  const int before = machine.secondary_irq.rises();
  machine.set(kSecondary, 1, 0);
  machine.command(kSecondary, kCmdPacket);
  CHECK(machine.secondary_irq.rises() == before);
  CHECK(machine.reg(kSecondary, 2) == kReasonCommand);
  CHECK((machine.status(kSecondary) & kDataRequest) != 0);
  machine.write_data(kSecondary, Bytes(12));
  CHECK(machine.secondary_irq.rises() == before + 1);
  CHECK(machine.reg(kSecondary, 2) == (kReasonCommand | kReasonToHost));
  CHECK(machine.status(kSecondary) == kReadyStatus);
}

TEST_CASE("The first command after power-on is told of it, once") {
  IdeMachine machine;
  machine.packet({0x00});
  CHECK(failed(machine));
  CHECK(machine.error(kSecondary) == (0x6 << 4 | kAborted));
  CHECK(machine.sense() == Sense{0x6, 0x29, 0});
  machine.packet({0x00});
  CHECK_FALSE(failed(machine));
  CHECK(machine.sense() == Sense{0, 0, 0});
}

TEST_CASE("INQUIRY and REQUEST SENSE don't wait for the power-on to be told") {
  IdeMachine machine;
  machine.packet({0x12, 0, 0, 0, 36});
  const Bytes answer = machine.answer();
  REQUIRE(answer.size() == 36);
  CHECK(answer[0] == 0x05);
  CHECK(answer[1] == 0x80);
  CHECK(std::string(answer.begin() + 8, answer.begin() + 22) == "MINIVMM CD-ROM");
  CHECK(machine.sense() == Sense{0x6, 0x29, 0});
  machine.packet({0x00});
  CHECK_FALSE(failed(machine));
}

TEST_CASE("Blocks are read in pieces of the byte count that the driver set") {
  Machine machine;
  machine.packet({0x28, 0, 0, 0, 0, 7, 0, 0, 3}, 2048);
  CHECK((machine.reg(kSecondary, 4) | machine.reg(kSecondary, 5) << 8) == 2048);
  CHECK(machine.reg(kSecondary, 2) == kReasonToHost);
  CHECK(machine.answer() == image_bytes(7 * 2048, 3 * 2048, kDiscSeed));
  CHECK(machine.status(kSecondary) == kReadyStatus);
  CHECK(machine.reg(kSecondary, 2) == (kReasonCommand | kReasonToHost));
}

TEST_CASE("Any byte count moves all of the data") {
  Machine machine;
  const std::uint16_t limit =
      GENERATE(as<std::uint16_t>{}, 0, 1, 2, 511, 2047, 4096, 0xfffe, 0xffff);
  machine.packet({0xa8, 0, 0, 0, 0, 1, 0, 0, 0, 2}, limit);
  const Bytes data = machine.answer();
  CHECK(data.size() >= 2 * 2048);
  if (limit != 1) CHECK(data == image_bytes(2048, 2 * 2048, kDiscSeed));
}

TEST_CASE("A long read goes beyond what the drive has in its buffer at a time") {
  Machine machine;
  machine.packet({0x28, 0, 0, 0, 0, 0, 0, kBlocks >> 8, kBlocks & 0xff});
  CHECK(machine.answer() == image_bytes(0, IdeMachine::kDiscBytes, kDiscSeed));
}

TEST_CASE("READ CD gives the user data") {
  Machine machine;
  machine.packet({0xbe, 0, 0, 0, 0, 5, 0, 0, 1, 0x10});
  CHECK(machine.answer() == image_bytes(5 * 2048, 2048, kDiscSeed));
  machine.packet({0xbe, 0, 0, 0, 0, 5, 0, 0, 1, 0});
  CHECK_FALSE(failed(machine));
  machine.packet({0xbe, 0x04, 0, 0, 0, 5, 0, 0, 1, 0x10});  // Audio.
  CHECK(machine.sense() == Sense{0x5, 0x64, 0});
  machine.packet({0xbe, 0, 0, 0, 0, 5, 0, 0, 1, 0xf8});  // All that is on a real disc.
  CHECK(machine.sense() == Sense{0x5, 0x24, 0});
}

TEST_CASE("A read beyond the end of the disc is out of range") {
  Machine machine;
  machine.packet({0x28, 0, 0, 0, kBlocks >> 8, kBlocks & 0xff, 0, 0, 1});
  CHECK(machine.sense() == Sense{0x5, 0x21, 0});
  machine.packet({0xa8, 0, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff});
  CHECK(machine.sense() == Sense{0x5, 0x21, 0});
  machine.packet({0x28, 0, 0, 0, 0, 0, 0, 0, 0});
  CHECK_FALSE(failed(machine));
  CHECK(machine.disc.ended().empty());
}

TEST_CASE("A read that the host can't do is a medium error") {
  Machine machine;
  machine.disc.fail(BlockOp::kRead, EIO);
  machine.packet({0x28, 0, 0, 0, 0, 0, 0, 0, 1});
  CHECK(failed(machine));
  CHECK(machine.sense() == Sense{0x3, 0x11, 0});
}

TEST_CASE("READ CAPACITY tells the last block and the blocks' size") {
  Machine machine;
  machine.packet({0x25});
  const Bytes answer = machine.answer();
  REQUIRE(answer.size() == 8);
  CHECK(be32(answer, 0) == kBlocks - 1);
  CHECK(be32(answer, 4) == 2048);
}

TEST_CASE("The table of contents has one data track and the lead-out") {
  Machine machine;
  machine.packet({0x43, 0, 0, 0, 0, 0, 0, 0, 255});
  const Bytes answer = machine.answer();
  REQUIRE(answer.size() == 20);
  CHECK(answer[1] == 18);
  CHECK((answer[5] & 0x0f) == 4);
  CHECK(answer[6] == 1);
  CHECK(be32(answer, 8) == 0);
  CHECK(answer[14] == 0xaa);
  CHECK(be32(answer, 16) == kBlocks);

  machine.packet({0x43, 2, 0, 0, 0, 0, 0xaa, 0, 255});  // In minutes, seconds and frames.
  const Bytes time = machine.answer();
  REQUIRE(time.size() == 12);
  constexpr unsigned kFrames = kBlocks + 150;
  CHECK(time[9] == kFrames / 75 / 60);
  CHECK(time[10] == kFrames / 75 % 60);
  CHECK(time[11] == kFrames % 75);
}

TEST_CASE(
    "The table of contents comes in its other formats, too, the older way of asking included") {
  Machine machine;
  machine.packet({0x43, 0, 1, 0, 0, 0, 0, 0, 255});
  CHECK(machine.answer().size() == 12);
  machine.packet({0x43, 2, 0, 0, 0, 0, 0, 0, 255, 0x80});
  const Bytes raw = machine.answer();
  REQUIRE(raw.size() == 4 + 4 * 11);
  CHECK(raw[7] == 0xa0);
  CHECK(raw[12] == 1);
  machine.packet({0x43, 0, 5, 0, 0, 0, 0, 0, 255});
  CHECK(machine.sense() == Sense{0x5, 0x24, 0});
  machine.packet({0x43, 0, 0, 0, 0, 0, 2, 0, 255});
  CHECK(machine.sense() == Sense{0x5, 0x24, 0});
}

TEST_CASE("An answer is no longer than the driver has room for") {
  Machine machine;
  machine.packet({0x43, 0, 0, 0, 0, 0, 0, 0, 4});
  CHECK(machine.answer().size() == 4);
  machine.packet({0x12, 0, 0, 0, 0});
  CHECK(machine.answer().empty());
  CHECK_FALSE(failed(machine));
}

TEST_CASE("The capabilities page says that there is a tray that can be locked") {
  Machine machine;
  machine.packet({0x5a, 0, 0x2a, 0, 0, 0, 0, 0, 255});
  const Bytes page = machine.answer();
  REQUIRE(page.size() == 28);
  CHECK(page[2] == 0x01);
  CHECK(page[8] == 0x2a);
  CHECK((page[14] & 0xe9) == 0x29);
  machine.packet({0x1a, 0, 0x2a, 0, 255});
  CHECK(machine.answer().size() == 24);
  machine.packet({0x5a, 0, 0x3f, 0, 0, 0, 0, 0, 255});
  CHECK(machine.answer().size() == 36);
  machine.packet({0x5a, 0, 0x05, 0, 0, 0, 0, 0, 255});
  CHECK(machine.sense() == Sense{0x5, 0x24, 0});
  machine.packet({0x5a, 0, 0xea, 0, 0, 0, 0, 0, 255});
  CHECK(machine.sense() == Sense{0x5, 0x39, 0});
}

TEST_CASE("GET CONFIGURATION says what disc there is, and what the drive can") {
  Machine machine;
  machine.packet({0x46, 0, 0, 0, 0, 0, 0, 0, 255});
  const Bytes all = machine.answer();
  REQUIRE(all.size() > 8);
  CHECK(be32(all, 0) == all.size() - 4);
  CHECK((all[6] << 8 | all[7]) == 0x0008);
  machine.packet({0x46, 2, 0, 0x03, 0, 0, 0, 0, 255});
  const Bytes one = machine.answer();
  REQUIRE(one.size() == 16);
  CHECK(one[9] == 0x03);
  machine.packet({0x46, 3, 0, 0, 0, 0, 0, 0, 255});
  CHECK(machine.sense() == Sense{0x5, 0x24, 0});
}

TEST_CASE("The disc is a finished one with one session and one track") {
  Machine machine;
  machine.packet({0x51, 0, 0, 0, 0, 0, 0, 0, 255});
  const Bytes disc = machine.answer();
  REQUIRE(disc.size() == 34);
  CHECK(disc[2] == 0x0e);
  machine.packet({0x52, 1, 0, 0, 0, 1, 0, 0, 255});
  const Bytes track = machine.answer();
  REQUIRE(track.size() == 36);
  CHECK(be32(track, 24) == kBlocks);
  machine.packet({0x52, 1, 0, 0, 0, 2, 0, 0, 255});
  CHECK(machine.sense() == Sense{0x5, 0x24, 0});
}

TEST_CASE("What the drive doesn't do is refused: writing, playing, nonsense") {
  Machine machine;
  const std::uint8_t operation = GENERATE(as<std::uint8_t>{}, 0x2a, 0x45, 0x04, 0x55, 0xff);
  machine.packet({operation});
  CHECK(failed(machine));
  CHECK(machine.sense() == Sense{0x5, 0x20, 0});
}

TEST_CASE("An overlapped packet is aborted before it is sent") {
  Machine machine;
  machine.set(kSecondary, 1, 2);
  machine.command(kSecondary, kCmdPacket);
  CHECK(machine.error(kSecondary) == kAborted);
}

}  // namespace minivmm::ide
