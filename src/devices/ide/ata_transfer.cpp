// An ATA disk's reads and writes.

#include <algorithm>
#include <array>

#include "devices/ide/ata_disk.h"

namespace minivmm::ide {
namespace {

constexpr std::uint32_t kChunkSectors = Drive::kBufferSize / AtaDisk::kSector;
static_assert(kChunkSectors % AtaDisk::kMostMultiple == 0);  // No block spans two chunks.

constexpr std::uint32_t kMostShort = 256;  // What a count of 0 stands for.
constexpr std::uint32_t kMostLong = 65536;

}  // namespace

const AtaDisk::TransferKind* AtaDisk::transfer_kind(std::uint8_t command) {
  using enum Action;
  using enum Addressing;
  using enum Way;
  static constexpr std::array<TransferKind, 19> kKinds{{
      {kCmdReadSectors, kRead, kShort, kSingle},
      {kCmdReadSectorsNoRetry, kRead, kShort, kSingle},
      {kCmdReadSectorsExt, kRead, kLong, kSingle},
      {kCmdReadMultiple, kRead, kShort, kMultiple},
      {kCmdReadMultipleExt, kRead, kLong, kMultiple},
      {kCmdReadDma, kRead, kShort, kDma},
      {kCmdReadDmaNoRetry, kRead, kShort, kDma},
      {kCmdReadDmaExt, kRead, kLong, kDma},
      {kCmdWriteSectors, kWrite, kShort, kSingle},
      {kCmdWriteSectorsNoRetry, kWrite, kShort, kSingle},
      {kCmdWriteSectorsExt, kWrite, kLong, kSingle},
      {kCmdWriteMultiple, kWrite, kShort, kMultiple},
      {kCmdWriteMultipleExt, kWrite, kLong, kMultiple},
      {kCmdWriteDma, kWrite, kShort, kDma},
      {kCmdWriteDmaNoRetry, kWrite, kShort, kDma},
      {kCmdWriteDmaExt, kWrite, kLong, kDma},
      {kCmdReadVerify, kVerify, kShort, kSingle},
      {kCmdReadVerifyNoRetry, kVerify, kShort, kSingle},
      {kCmdReadVerifyExt, kVerify, kLong, kSingle},
  }};
  const auto* found = std::ranges::find(kKinds, command, &TransferKind::code);
  return found == kKinds.end() ? nullptr : found;
}

void AtaDisk::start_transfer(const TransferKind& kind) {
  if (kind.way == Way::kMultiple && settings_.multiple == 0) return abort();
  if (kind.action == Action::kWrite && image()->info().read_only) return abort();
  command_ = {.action = kind.action, .addressing = kind.addressing, .way = kind.way};
  command_.block = kind.way == Way::kMultiple ? settings_.multiple : 1;
  if (!take_address(kind.addressing)) return fail(kIdNotFound);
  if (command_.lba >= sectors() || command_.left > sectors() - command_.lba) {
    show_address(std::max(command_.lba, sectors()));  // The first that isn't there.
    return fail(kIdNotFound);
  }
  next_chunk();
}

bool AtaDisk::take_address(Addressing addressing) {
  const TaskFile& file = task();
  const auto current = static_cast<std::uint32_t>(file.lba_low.current | file.lba_mid.current << 8 |
                                                  file.lba_high.current << 16);
  if (addressing == Addressing::kLong) {
    const auto previous = static_cast<std::uint32_t>(
        file.lba_low.previous | file.lba_mid.previous << 8 | file.lba_high.previous << 16);
    command_.lba = std::uint64_t{previous} << 24 | current;
    command_.left = static_cast<std::uint32_t>(file.count.previous << 8 | file.count.current);
    if (command_.left == 0) command_.left = kMostLong;
    return true;
  }
  command_.left = file.count.current == 0 ? kMostShort : file.count.current;
  if ((file.device & kDeviceLba) == 0) return take_chs();
  command_.lba = current | static_cast<std::uint32_t>(file.device & kDeviceHead) << 24;
  return true;
}

bool AtaDisk::take_chs() {
  const DiskFacts::Geometry& geometry = settings_.geometry;
  const auto cylinder =
      static_cast<std::uint32_t>(task().lba_mid.current | task().lba_high.current << 8);
  const std::uint32_t head = task().device & kDeviceHead;
  const std::uint32_t sector = task().lba_low.current;
  command_.by_chs = true;
  if (head >= geometry.heads || sector == 0 || sector > geometry.sectors) return false;
  command_.lba = (std::uint64_t{cylinder} * geometry.heads + head) * geometry.sectors + sector - 1;
  return true;
}

// Where an error was, in the words of the command (9.1's error outputs).
void AtaDisk::show_address(std::uint64_t lba) {
  const auto byte = [](std::uint64_t value) { return static_cast<std::uint8_t>(value & 0xff); };
  TaskFile& file = task();
  if (command_.by_chs) {
    const DiskFacts::Geometry& geometry = settings_.geometry;
    const std::uint64_t track = lba / geometry.sectors;
    file.lba_low.current = byte(lba % geometry.sectors + 1);
    file.lba_mid.current = byte(track / geometry.heads);
    file.lba_high.current = byte(track / geometry.heads >> 8);
    file.device = byte((file.device & ~kDeviceHead) | track % geometry.heads);
    return;
  }
  file.lba_low = {byte(lba), byte(lba >> 24)};
  file.lba_mid = {byte(lba >> 8), byte(lba >> 32)};
  file.lba_high = {byte(lba >> 16), byte(lba >> 40)};
  if (command_.addressing == Addressing::kShort)
    file.device = byte((file.device & ~kDeviceHead) | (lba >> 24 & kDeviceHead));
}

void AtaDisk::next_chunk() {
  command_.chunk = std::min(command_.left, kChunkSectors);
  command_.at = 0;
  if (command_.action != Action::kWrite)
    return request(BlockOp::kRead, command_.lba * kSector, std::size_t{command_.chunk} * kSector);
  if (command_.way == Way::kDma)
    return offer_dma(Direction::kToDevice, std::size_t{command_.chunk} * kSector);
  offer_block(Notice::kSilent);  // 9.5: no interrupt asks for the first block.
}

void AtaDisk::offer_block(Notice notice) {
  const std::uint32_t count = std::min(command_.block, command_.chunk - command_.at);
  const Direction direction =
      command_.action == Action::kRead ? Direction::kToHost : Direction::kToDevice;
  offer_pio(direction, std::size_t{command_.at} * kSector, std::size_t{count} * kSector, notice);
}

void AtaDisk::block_moved() {
  if (command_.action == Action::kIdentify) return complete(Notice::kSilent);
  if (command_.way != Way::kDma) {
    command_.at += std::min(command_.block, command_.chunk - command_.at);
    if (command_.at < command_.chunk) return offer_block(Notice::kInterrupt);
  }
  if (command_.action == Action::kRead) return chunk_done();
  request(BlockOp::kWrite, command_.lba * kSector, std::size_t{command_.chunk} * kSector);
}

void AtaDisk::request_ended(int error) {
  if (command_.action == Action::kFlush || command_.flushing)
    return error == 0 ? complete() : fail(kAborted, kDeviceFault);
  if (error != 0) {
    // The first sector of what failed: which one it was, the host doesn't say.
    show_address(command_.lba);
    return command_.action == Action::kWrite ? fail(kAborted, kDeviceFault) : fail(kUncorrectable);
  }
  if (command_.action != Action::kRead) return chunk_done();
  if (command_.way == Way::kDma)
    return offer_dma(Direction::kToHost, std::size_t{command_.chunk} * kSector);
  offer_block(Notice::kInterrupt);
}

void AtaDisk::chunk_done() {
  command_.lba += command_.chunk;
  command_.left -= command_.chunk;
  if (command_.left == 0) return finish_transfer();
  const bool asks = command_.action == Action::kWrite && command_.way != Way::kDma;
  if (!asks) return next_chunk();
  command_.chunk = std::min(command_.left, kChunkSectors);
  command_.at = 0;
  offer_block(Notice::kInterrupt);
}

void AtaDisk::finish_transfer() {
  if (command_.action == Action::kWrite && !settings_.write_cache) {
    command_.flushing = true;
    return request(BlockOp::kFlush, 0, 0);
  }
  // 9.4: a PIO read ends with its last byte, without an interrupt.
  const bool by_pio = command_.action == Action::kRead && command_.way != Way::kDma;
  complete(by_pio ? Notice::kSilent : Notice::kInterrupt);
}

}  // namespace minivmm::ide
