#pragma once
// What every device on an IDE cable has in common: its registers, its interrupt, its data.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "devices/ide/image_queue.h"
#include "devices/ide/registers.h"
#include "minivmm/block_backend.h"
#include "minivmm/device_registers.h"

namespace minivmm::ide {

/// From the drive's point of view, as the commands' names have it: reads and writes of the guest.
enum class Direction { kToHost, kToDevice };

/// One register of the command block: the last byte written, and the one before it, which 48-bit
/// commands use as well (ATA/ATAPI-6, 6.20).
struct TwoBytes {
  std::uint8_t current = 0;
  std::uint8_t previous = 0;
  void push(std::uint8_t value) {
    previous = current;
    current = value;
  }
};

/// STATUS in words: "DRDY, DSC".
[[nodiscard]] std::string describe_status(std::uint8_t status);

/// A device of ATA/ATAPI-6. A derived class executes commands: it offers blocks of its buffer to
/// the guest, asks the image for more, and at last completes.
///
/// A reset, or anything else that ends a command early, waits for what the image's thread has in
/// flight: until then the drive is busy, and its buffer stays untouched.
///
/// Threads: everything with the controller's lock held.
class Drive {
 public:
  /// The most that goes to or from the image in one request, in bytes.
  static constexpr std::size_t kBufferSize = 256 * 1024;

  /// The channel's side of the cable.
  class Cable {
   public:
    virtual ~Cable() = default;
    /// The drive changed by itself, not by an access of the guest: its interrupt, its data.
    virtual void changed() = 0;
  };

  Drive();
  Drive(const Drive&) = delete;
  Drive& operator=(const Drive&) = delete;
  virtual ~Drive() = default;

  /// cable outlives the drive's use.
  void plug(Cable& cable) { cable_ = &cable; }
  /// Where its sectors are; null: nowhere. Called with null before the queue goes, when its thread
  /// has stopped: a request that the thread never took ends with an error.
  void connect(ImageQueue* image);

  // --- For the channel ---

  /// A read without side effects; high_order: as DEVICE CONTROL's HOB.
  [[nodiscard]] std::uint8_t read(Register which, bool high_order) const;
  /// kErrorFeatures to kDevice. Ignored while the drive is busy or in a transfer (7.1).
  void write(Register which, std::uint8_t value);
  void command(std::uint8_t command);
  [[nodiscard]] bool interrupt() const { return state_.interrupt; }
  void clear_interrupt() { state_.interrupt = false; }

  /// The data register, in accesses of any width.
  void read_data(std::span<std::byte> data);
  void write_data(std::span<const std::byte> data);

  /// DMARQ: what the drive would move now.
  struct DmaBlock {
    std::span<std::byte> bytes{};
    Direction direction = Direction::kToHost;
  };
  [[nodiscard]] std::optional<DmaBlock> dma();
  void dma_moved(std::size_t bytes);

  /// Power-on, or RESET-.
  void hardware_reset();
  /// DEVICE CONTROL's SRST as the guest sets and clears it (9.3), and DEVICE RESET.
  void begin_reset();
  void end_reset();
  /// EXECUTE DEVICE DIAGNOSTIC, which goes to both devices (8.9).
  void diagnose();

  /// Whether it takes PACKET (9.12).
  [[nodiscard]] bool is_packet_device() const { return signature() != 0; }

  [[nodiscard]] virtual std::string name() const = 0;
  /// For people: what the task file holds, prefix before each name.
  void list_registers(const std::string& prefix, std::vector<RegisterValue>& values) const;

 protected:
  enum class Data { kNone, kPio, kDma };

  // --- What a derived class is told ---

  /// A command came; status is kBusy, error 0. Ends in abort(), complete(), offer...() or a
  /// request.
  virtual void execute(std::uint8_t command) = 0;
  /// All of the block that was offered has been moved.
  virtual void block_moved() = 0;
  /// The request ended: with 0, or an errno value.
  virtual void request_ended(int error) = 0;
  /// The command is off; forget what it was.
  virtual void forget_command() = 0;
  /// Power-on values of what outlives a software reset.
  virtual void revert_settings() {}
  /// What a reset leaves in LBA mid and high (9.12).
  [[nodiscard]] virtual std::uint16_t signature() const = 0;
  /// Of a device that is ready for any command: DRDY, or 0 for a packet device after a reset.
  [[nodiscard]] virtual std::uint8_t status_after_reset() const = 0;

  // --- What a derived class does ---

  /// 12.4.1's registers, with what the last command left or the guest wrote.
  struct TaskFile {
    TwoBytes features{};
    TwoBytes count{};
    TwoBytes lba_low{};
    TwoBytes lba_mid{};
    TwoBytes lba_high{};
    std::uint8_t device = 0;
  };
  [[nodiscard]] TaskFile& task() { return state_.task; }
  [[nodiscard]] const TaskFile& task() const { return state_.task; }
  [[nodiscard]] std::span<std::byte> buffer() { return buffer_; }
  [[nodiscard]] ImageQueue* image() { return image_; }
  [[nodiscard]] const ImageQueue* image() const { return image_; }

  enum class Notice { kInterrupt, kSilent };
  /// Lets the guest move bytes of the buffer through the data register. At least one byte.
  void offer_pio(Direction direction, std::size_t offset, std::size_t size, Notice notice);
  /// Lets the bus master move the first size bytes of the buffer. At least one byte.
  void offer_dma(Direction direction, std::size_t size);
  /// Asks the image for the first size bytes of the buffer, or to take them; a flush has none.
  void request(BlockOp op, std::uint64_t offset, std::size_t size);
  /// The command has ended well.
  void complete(Notice notice = Notice::kInterrupt);
  /// It has ended with these bits in ERROR, and in STATUS beside ERR.
  void fail(std::uint8_t error, std::uint8_t status = 0);
  void abort() { fail(kAborted); }

  /// SET FEATURES' transfer modes (8.46.11): what IDENTIFY says is selected. False: no such mode.
  struct TransferModes {
    std::uint8_t multiword = 0;  ///< One bit, of modes 0 to 2; 0: none.
    std::uint8_t ultra = 0;
  };
  static constexpr std::uint8_t kModes = 0x07;  ///< 0 to 2 of each: what a PIIX4 does.
  [[nodiscard]] bool select_mode(std::uint8_t mode);
  [[nodiscard]] const TransferModes& modes() const { return modes_; }

 private:
  [[nodiscard]] bool accepts_writes() const {
    return (state_.status & (kBusy | kDataRequest)) == 0;
  }
  void end_block();
  void io_ended(int error);
  void finish_reset();
  void sign();

  // Wiring.
  Cable* cable_ = nullptr;
  ImageQueue* image_ = nullptr;

  // State.
  struct State {
    TaskFile task{};
    std::uint8_t status = 0;
    std::uint8_t error = 0;
    bool interrupt = false;
    bool command_running = false;
    Data data = Data::kNone;
    Direction direction = Direction::kToHost;
    std::size_t position = 0;  // In the buffer: what is still to be moved.
    std::size_t end = 0;
  } state_;
  enum class Reset { kNone, kAsserted, kWaitsForImage };
  Reset reset_ = Reset::kNone;
  TransferModes modes_{};
  std::vector<std::byte> buffer_;
};

}  // namespace minivmm::ide
