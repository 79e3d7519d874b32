#pragma once
// A machine with a PIIX4's IDE function: a disk as the first channel's master, a CD-ROM drive as
// the second's; and the driver of a guest, which polls.

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "bus/bus.h"
#include "devices/ide/ata_disk.h"
#include "devices/ide/atapi_cd.h"
#include "devices/ide/controller.h"
#include "devices/ide/image_queue.h"
#include "host/log.h"
#include "minivmm/guest_memory.h"
#include "support/fake_irq_line.h"
#include "support/guest_access.h"
#include "support/memory_disk.h"

namespace minivmm::test {

using Bytes = std::vector<std::uint8_t>;

/// A channel's ports.
struct IdePorts {
  std::uint16_t command = 0;     ///< The command block's first.
  std::uint16_t control = 0;     ///< Device control and alternate status.
  std::uint16_t bus_master = 0;  ///< BMIC.
};
inline constexpr std::uint16_t kBusMasterBase = 0xc000;
inline constexpr IdePorts kPrimary{0x1f0, 0x3f6, kBusMasterBase};
inline constexpr IdePorts kSecondary{0x170, 0x376, kBusMasterBase + 8};

/// A block of a physical region descriptor table.
struct Region {
  std::uint32_t address = 0;
  std::uint32_t bytes = 0;
};

class IdeMachine {
 public:
  static constexpr std::size_t kRam = 2 << 20;
  static constexpr std::uint64_t kDiskBytes = 1 << 20;
  static constexpr std::uint64_t kDiscBytes = 1 << 20;
  static constexpr std::uint32_t kTable = 0x1000;

  enum class Contents { kNumbered, kZero };
  explicit IdeMachine(BlockInfo disk_info = {.size = kDiskBytes},
                      Contents contents = Contents::kNumbered)
      : disk(disk_info) {
    log::set_level(log::Level::kOff);
    controller.channel(0).attach(0, ata);
    cd.load(&disc_queue, false);
    controller.channel(1).attach(0, cd);
    controller.assign_bar(4, {kBusMasterBase});
    controller.enable_as_firmware();
    if (contents == Contents::kZero) return;
    number(disk.contents(), 1);
    number(disc.contents(), 2);
  }

  // --- The host ---

  /// The threads of the images do what there is to do.
  void serve() {
    for (int i = 0; i < kTurns; ++i) {
      disk_queue.serve(controller.lock(), BlockBackend::Wait::kNo);
      disc_queue.serve(controller.lock(), BlockBackend::Wait::kNo);
    }
  }
  /// Contents that differ from byte to byte and from image to image.
  static void number(std::span<std::byte> bytes, std::uint32_t seed) {
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = expected(i, seed);
  }
  static std::byte expected(std::size_t at, std::uint32_t seed) {
    return static_cast<std::byte>((at * 7 + at / 251 + seed * 13) & 0xff);
  }

  // --- The guest ---

  std::uint8_t in8(std::uint16_t port) { return load<std::uint8_t>(ports, port); }
  void out8(std::uint16_t port, std::uint8_t value) { store(ports, port, value); }

  std::uint8_t status(const IdePorts& at) {
    return in8(static_cast<std::uint16_t>(at.command + 7));
  }
  std::uint8_t alternate_status(const IdePorts& at) { return in8(at.control); }
  std::uint8_t error(const IdePorts& at) { return in8(static_cast<std::uint16_t>(at.command + 1)); }
  std::uint8_t reg(const IdePorts& at, unsigned offset) {
    return in8(static_cast<std::uint16_t>(at.command + offset));
  }
  void set(const IdePorts& at, unsigned offset, std::uint8_t value) {
    out8(static_cast<std::uint16_t>(at.command + offset), value);
  }
  void set_lba28(const IdePorts& at, std::uint32_t lba, std::uint8_t count) {
    set(at, 2, count);
    set(at, 3, lba & 0xff);
    set(at, 4, lba >> 8 & 0xff);
    set(at, 5, lba >> 16 & 0xff);
    set(at, 6, static_cast<std::uint8_t>(0xe0 | (lba >> 24 & 0xf)));
  }
  void set_lba48(const IdePorts& at, std::uint64_t lba, std::uint16_t count) {
    set(at, 6, 0xe0);
    set(at, 2, high(count));
    set(at, 3, lba >> 24 & 0xff);
    set(at, 4, lba >> 32 & 0xff);
    set(at, 5, lba >> 40 & 0xff);
    set(at, 2, low(count));
    set(at, 3, lba & 0xff);
    set(at, 4, lba >> 8 & 0xff);
    set(at, 5, lba >> 16 & 0xff);
  }
  /// Writes the command and lets the host do its part.
  void command(const IdePorts& at, std::uint8_t code) {
    set(at, 7, code);
    serve();
  }
  Bytes read_data(const IdePorts& at, std::size_t bytes) {
    Bytes data;
    for (std::size_t i = 0; i < bytes; i += 2) {
      const auto word = load<std::uint16_t>(ports, at.command);
      data.push_back(low(word));
      data.push_back(high(word));
    }
    serve();
    return data;
  }
  void write_data(const IdePorts& at, std::span<const std::uint8_t> data) {
    for (std::size_t i = 0; i < data.size(); i += 2)
      store(ports, at.command, static_cast<std::uint16_t>(data[i] | data[i + 1] << 8));
    serve();
  }

  /// Puts a table of descriptors into memory, and its address into BMIDTP.
  void set_table(const IdePorts& at, std::initializer_list<Region> regions) {
    std::uint32_t place = kTable;
    for (const Region& region : regions) {
      const bool last = &region == regions.end() - 1;
      poke(place, region.address);
      poke(place + 4, (region.bytes & 0xffff) | (last ? 0x8000'0000u : 0u));
      place += 8;
    }
    store(ports, at.bus_master + 4u, kTable);
  }
  enum class Dma { kToMemory, kFromMemory };
  void start_dma(const IdePorts& at, Dma direction) {
    out8(at.bus_master, static_cast<std::uint8_t>(direction == Dma::kToMemory ? 0x09 : 0x01));
    serve();
  }
  std::uint8_t dma_status(const IdePorts& at) {
    return in8(static_cast<std::uint16_t>(at.bus_master + 2));
  }
  void poke(std::uint32_t address, std::uint32_t value) {
    static_cast<void>(memory.write(GuestAddress{address}, value));
  }

  /// Sends a packet, padded with zeros.
  enum class By { kPio, kDma };
  void packet(std::initializer_list<std::uint8_t> bytes, std::uint16_t limit = 0xfffe,
              By by = By::kPio) {
    set(kSecondary, 1, by == By::kDma ? 1 : 0);
    set(kSecondary, 4, low(limit));
    set(kSecondary, 5, high(limit));
    command(kSecondary, 0xa0);
    Bytes padded(bytes);
    padded.resize(12);
    write_data(kSecondary, padded);
  }
  /// What a packet answers by PIO, all blocks of it.
  Bytes answer() {
    Bytes all;
    while ((alternate_status(kSecondary) & 0x88) == 0x08) {
      const auto block = static_cast<std::size_t>(reg(kSecondary, 4) | reg(kSecondary, 5) << 8);
      const Bytes part = read_data(kSecondary, block);
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }
  /// Sense key, code and qualifier, by REQUEST SENSE.
  std::array<unsigned, 3> sense() {
    packet({0x03, 0, 0, 0, 18});
    const Bytes bytes = answer();
    if (bytes.size() < 14) return {99, 99, 99};
    return {bytes[2], bytes[12], bytes[13]};
  }
  /// As drivers do first: hears of the power-on.
  void settle_cd() {
    packet({0x00});
    static_cast<void>(sense());
  }

  std::vector<std::byte> ram = std::vector<std::byte>(kRam);
  GuestMemory memory{{{{{0}, kRam}, ram.data()}}};
  Bus ports{};
  Bus mmio{};
  FakeIrqLine primary_irq{};
  FakeIrqLine secondary_irq{};
  MemoryDisk disk;
  MemoryDisk disc{{.size = kDiscBytes, .read_only = true}};
  ide::ImageQueue disk_queue{{.backend = disk, .wake = [] {}, .name = "a disk"}};
  ide::ImageQueue disc_queue{{.backend = disc, .wake = [] {}, .name = "a disc"}};
  ide::AtaDisk ata{disk_queue, {.name = "a disk", .serial = "serial"}};
  std::vector<bool> tray_moves{};
  ide::AtapiCd cd{
      {.serial = "cd", .tray_moved = [this](bool open) { tray_moves.push_back(open); }}};
  ide::Controller controller{
      {.mmio = mmio, .ports = ports, .memory = memory, .lines = {&primary_irq, &secondary_irq}}};

 private:
  static std::uint8_t low(std::uint16_t word) { return static_cast<std::uint8_t>(word & 0xff); }
  static std::uint8_t high(std::uint16_t word) { return static_cast<std::uint8_t>(word >> 8); }

  static constexpr int kTurns = 3;
};

/// What the image holds there, by IdeMachine::number().
inline Bytes image_bytes(std::size_t from, std::size_t size, std::uint32_t seed) {
  Bytes bytes;
  for (std::size_t i = 0; i < size; ++i)
    bytes.push_back(std::to_integer<std::uint8_t>(IdeMachine::expected(from + i, seed)));
  return bytes;
}
inline constexpr std::uint32_t kDiskSeed = 1;
inline constexpr std::uint32_t kDiscSeed = 2;

}  // namespace minivmm::test
