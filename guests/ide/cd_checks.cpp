#include "ide/checks.h"
#include "lib/exit.h"
#include "lib/print.h"
#include "lib/text.h"

using namespace guest;

namespace {

constexpr std::uint32_t kBlocks = 24;
constexpr std::uint8_t kByDma = 1, kByPio = 0;
constexpr std::uint8_t kWrong = kBusy | kError;

alignas(4096) std::uint8_t by_pio[kBlocks * kBlockSize];
alignas(4096) std::uint8_t by_dma[kBlocks * kBlockSize];

/// Answers how many bytes came, or -1 for a check condition.
int ask(IdeChannel& channel, const std::uint8_t (&packet)[12], std::uint8_t* to, std::uint32_t room,
        Waiting waiting = Waiting::kInterrupt) {
  channel.set_byte_count(kBlockSize);
  channel.send_packet(packet, kByPio);
  std::uint32_t at = 0;
  for (;;) {
    const std::uint8_t status = channel.finish(waiting);
    if ((status & kError) != 0) return -1;
    if ((status & kDataRequest) == 0) return static_cast<int>(at);
    const std::uint16_t count = channel.byte_count();
    check(count != 0 && count <= kBlockSize && at + count <= room, "a block is as long as asked");
    channel.read(to + at, count);
    at += count;
  }
}

void identify(IdeChannel& channel) {
  std::uint16_t words[256];
  channel.select(kMaster);
  channel.start(Command::kIdentifyPacketDevice);
  check((channel.finish(Waiting::kInterrupt) & (kDataRequest | kWrong)) == kDataRequest,
        "a CD-ROM drive identifies itself");
  channel.read(words, sizeof(words));
  check((words[0] & 0xdf83) == 0x8580, "it is a CD-ROM drive with packets of 12 bytes");
}

/// The power-on is told first.
void wait_until_ready(IdeChannel& channel) {
  std::uint8_t sense[18];
  check(ask(channel, {0x00}, nullptr, 0) == -1, "the drive says that it was switched on");
  check(ask(channel, {0x03, 0, 0, 0, sizeof(sense)}, sense, sizeof(sense)) == sizeof(sense),
        "the drive says why");
  check((sense[2] & 0x0f) == 0x06 && sense[12] == 0x29, "it is a unit attention");
  check(ask(channel, {0x00}, nullptr, 0) == 0, "then the drive is ready");
}

std::uint32_t capacity(IdeChannel& channel) {
  std::uint8_t answer[8];
  check(ask(channel, {0x25}, answer, sizeof(answer)) == sizeof(answer), "the disc has a size");
  check(answer[6] == kBlockSize >> 8 && answer[7] == 0, "a block has 2048 bytes");
  return static_cast<std::uint32_t>(answer[0] << 24 | answer[1] << 16 | answer[2] << 8 |
                                    answer[3]) +
         1;
}

}  // namespace

void check_cd(IdeChannel& channel) {
  identify(channel);
  wait_until_ready(channel);
  const std::uint32_t blocks = capacity(channel);
  print("CD: {} blocks\n", blocks);
  check(blocks >= kBlocks, "the disc is long enough");
  const std::uint8_t read[12] = {0x28, 0, 0, 0, 0, 0, 0, 0, kBlocks};
  check(ask(channel, read, by_pio, sizeof(by_pio)) == sizeof(by_pio), "blocks are read by PIO");
  check(by_pio[510] == 0x55 && by_pio[511] == 0xaa, "the disc begins with a boot sector");

  channel.start_dma(To::kMemory, by_dma, sizeof(by_dma));
  channel.send_packet(read, kByDma);
  check((channel.finish_dma() & kWrong) == 0, "blocks are read by DMA");
  check(memcmp(by_pio, by_dma, sizeof(by_pio)) == 0, "it is the same by PIO and by DMA");

  check(ask(channel, {0x1b, 0, 0, 0, 0x02}, nullptr, 0) == 0, "the tray opens");
  check(ask(channel, read, by_pio, sizeof(by_pio)) == -1, "then there is no disc");
  check(ask(channel, {0x1b, 0, 0, 0, 0x03}, nullptr, 0) == 0, "the tray closes");
  check(ask(channel, {0x00}, nullptr, 0) == -1, "the drive says that the disc is a new one");
  check(ask(channel, read, by_pio, sizeof(by_pio)) == sizeof(by_pio), "and it is read again");
}

[[noreturn]] void watch_cd(IdeChannel& channel) {
  channel.select(kMaster);
  std::uint32_t before = ~0u;
  // By its status: of so many interrupts an emulated processor loses one at some time, when it lets
  // it come between STI and HLT.
  constexpr Waiting kHow = Waiting::kPolling;
  for (;;) {
    // The first check condition may only tell that the disc is a new one, which it does once; a
    // disc that is changed between these two has its turn in the next round.
    ask(channel, {0x00}, nullptr, 0, kHow);
    std::uint8_t answer[8];
    const bool has_disc = ask(channel, {0x25}, answer, sizeof(answer), kHow) == sizeof(answer);
    const std::uint32_t blocks =
        has_disc ? static_cast<std::uint32_t>(answer[2] << 8 | answer[3]) + 1 : 0;
    if (blocks == before) continue;
    before = blocks;
    print("CD: {} blocks\n", blocks);
  }
}
