#include "ide/checks.h"
#include "lib/exit.h"
#include "lib/print.h"
#include "lib/random.h"
#include "lib/text.h"

using namespace guest;

namespace {

constexpr std::uint32_t kSectors = 128;
constexpr std::uint8_t kMultiple = 16;
constexpr std::uint8_t kDisk = kMaster | kLba;
constexpr std::uint8_t kWrong = kBusy | kFault | kError;

alignas(4096) std::uint64_t buffer[kSectors * kSectorSize / 8];

void fill(std::uint64_t seed) {
  Random random(seed);
  for (std::uint64_t& word : buffer) word = random.next();
}

/// Compares, and clears for the next reading.
bool holds(std::uint64_t seed) {
  Random random(seed);
  bool same = true;
  for (std::uint64_t& word : buffer) {
    same = same && word == random.next();
    word = 0;
  }
  return same;
}

std::uint8_t* sector(std::uint32_t index) {
  return reinterpret_cast<std::uint8_t*>(buffer) + index * kSectorSize;
}

std::uint64_t identify(IdeChannel& channel) {
  std::uint16_t words[256];
  channel.select(kDisk);
  channel.start(Command::kIdentifyDevice);
  check((channel.finish(Waiting::kInterrupt) & (kDataRequest | kWrong)) == kDataRequest,
        "a disk identifies itself");
  channel.read(words, sizeof(words));
  const std::uint64_t sectors = words[100] | std::uint64_t{words[101]} << 16;
  char serial[21] = {};
  for (unsigned i = 0; i < 20; ++i)
    serial[i] = static_cast<char>(words[10 + i / 2] >> (i % 2 == 0 ? 8 : 0));
  print("disk: {} sectors, serial number \"{}\"\n", sectors, serial);
  return sectors;
}

void read_pio(IdeChannel& channel, Command command, std::uint32_t block, Waiting waiting) {
  channel.start(command);
  for (std::uint32_t at = 0; at < kSectors; at += block) {
    check((channel.finish(waiting) & (kDataRequest | kWrong)) == kDataRequest,
          "each block of a read is there");
    channel.read(sector(at), block * kSectorSize);
  }
  check((channel.finish() & (kDataRequest | kWrong)) == 0, "a read ends");
}

void write_pio(IdeChannel& channel, Command command, std::uint32_t block, Waiting waiting) {
  channel.start(command);
  check((channel.finish() & kDataRequest) != 0, "the first block of a write is asked for");
  for (std::uint32_t at = 0; at < kSectors; at += block) {
    channel.write(sector(at), block * kSectorSize);
    const std::uint8_t status = channel.finish(waiting);
    const bool last = at + block >= kSectors;
    check((status & (kDataRequest | kWrong)) == (last ? 0 : kDataRequest),
          "each block of a write is taken");
  }
}

void transfer_dma(IdeChannel& channel, Command command, To to) {
  channel.start_dma(to, buffer, sizeof(buffer));
  channel.start(command);
  check((channel.finish_dma() & kWrong) == 0, "a transfer by DMA ends");
}

void check_pio(IdeChannel& channel) {
  fill(1);
  channel.set_address(8, kSectors);
  write_pio(channel, Command::kWriteSectors, 1, Waiting::kInterrupt);
  memset(buffer, 0, sizeof(buffer));
  channel.set_address_ext(8, kSectors);
  read_pio(channel, Command::kReadSectorsExt, 1, Waiting::kPolling);
  check(holds(1), "what was written by PIO is read back");
  print("PIO: written and read back\n");
}

void check_multiple(IdeChannel& channel) {
  channel.set_address(0, kMultiple);
  channel.start(Command::kSetMultiple);
  check((channel.finish() & kWrong) == 0, "sectors can be moved several at a time");
  fill(2);
  channel.set_address(300, kSectors);
  write_pio(channel, Command::kWriteMultiple, kMultiple, Waiting::kInterrupt);
  channel.set_address(300, kSectors);
  read_pio(channel, Command::kReadMultiple, kMultiple, Waiting::kInterrupt);
  check(holds(2), "what was written by blocks is read back");
  print("multiple: written and read back\n");
}

void check_dma(IdeChannel& channel) {
  constexpr std::uint8_t kTransferMode = 0x03, kUltraDma2 = 0x42;
  channel.set_features(kTransferMode);
  channel.set_address(0, kUltraDma2);
  channel.start(Command::kSetFeatures);
  check((channel.finish() & kWrong) == 0, "Ultra DMA can be chosen");
  fill(3);
  channel.set_address(600, kSectors);
  transfer_dma(channel, Command::kWriteDma, To::kDrive);
  channel.start(Command::kFlushCache);
  check((channel.finish(Waiting::kInterrupt) & kWrong) == 0, "a flush ends");
  memset(buffer, 0, sizeof(buffer));
  channel.set_address_ext(600, kSectors);
  transfer_dma(channel, Command::kReadDmaExt, To::kMemory);
  check(holds(3), "what was written by DMA is read back");
  print("DMA: written and read back\n");
}

void check_errors(IdeChannel& channel, std::uint64_t sectors) {
  channel.set_address(static_cast<std::uint32_t>(sectors), 1);
  channel.start(Command::kReadSectors);
  check((channel.finish(Waiting::kInterrupt) & kError) != 0 && channel.error() == kIdNotFound,
        "a sector behind the disk's end is not found");
  channel.start(Command::kIdentifyPacketDevice);
  check((channel.finish(Waiting::kInterrupt) & kError) != 0 && channel.error() == kAborted,
        "a disk takes no packets");
}

}  // namespace

void check_disk(IdeChannel& channel) {
  const std::uint64_t sectors = identify(channel);
  check(sectors >= 2048, "the disk has at least 1 MiB");
  check_pio(channel);
  check_multiple(channel);
  check_dma(channel);
  check_errors(channel, sectors);
}
