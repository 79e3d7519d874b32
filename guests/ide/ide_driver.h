#pragma once
// A driver of a PIIX's IDE function (ATA/ATAPI-6; Programming Interface for Bus Master IDE, 1.0).

#include <cstdint>

#include "lib/pci.h"

inline constexpr std::uint32_t kSectorSize = 512, kBlockSize = 2048;

/// STATUS.
inline constexpr std::uint8_t kBusy = 0x80, kFault = 0x20, kDataRequest = 0x08, kError = 0x01;
/// ERROR.
inline constexpr std::uint8_t kIdNotFound = 0x10, kAborted = 0x04;
/// DEVICE.
inline constexpr std::uint8_t kMaster = 0xa0, kSlave = 0xb0, kLba = 0x40;

enum class Command : std::uint8_t {
  kReadSectors = 0x20,
  kReadSectorsExt = 0x24,
  kReadDmaExt = 0x25,
  kWriteSectors = 0x30,
  kPacket = 0xa0,
  kIdentifyPacketDevice = 0xa1,
  kReadMultiple = 0xc4,
  kWriteMultiple = 0xc5,
  kSetMultiple = 0xc6,
  kReadDma = 0xc8,
  kWriteDma = 0xca,
  kFlushCache = 0xe7,
  kIdentifyDevice = 0xec,
  kSetFeatures = 0xef,
};

enum class Waiting { kPolling, kInterrupt };
enum class To { kMemory, kDrive };

/// The controller: found, enabled, its interrupts routed.
struct IdeController {
  guest::PciAddress address;
  std::uint16_t bus_masters;  ///< The first port.
};
/// Ends the guest if there is none.
IdeController find_ide_controller();

/// One channel of it.
class IdeChannel {
 public:
  /// index: 0 or 1.
  IdeChannel(const IdeController& controller, unsigned index);

  void select(std::uint8_t device);
  void set_features(std::uint8_t features);
  /// A 28-bit address; goes with select() of a device with kLba.
  void set_address(std::uint32_t lba, std::uint8_t count);
  void set_address_ext(std::uint64_t lba, std::uint16_t count);
  void set_byte_count(std::uint16_t count);
  [[nodiscard]] std::uint16_t byte_count() const;

  /// Writes the command; finish() or next_block() waits for what comes of it.
  void start(Command command);
  /// Waits until the drive isn't busy; answers STATUS.
  std::uint8_t finish(Waiting waiting = Waiting::kPolling);
  [[nodiscard]] std::uint8_t error() const;

  void read(void* to, std::uint32_t bytes) const;
  void write(const void* from, std::uint32_t bytes) const;

  /// Has the bus master move a buffer, in two regions, with the command that start() gets next;
  /// finish_dma() answers STATUS, and checks that the bus master is done.
  void start_dma(To to, void* buffer, std::uint32_t bytes);
  std::uint8_t finish_dma();

  /// Sends a packet of 12 bytes with a command that is already prepared.
  void send_packet(const std::uint8_t* packet, std::uint8_t features);

 private:
  std::uint16_t ports_, control_, bus_master_;
  unsigned index_;
  unsigned seen_interrupts_ = 0;
};
