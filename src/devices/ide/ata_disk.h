#pragma once
// An ATA disk (ATA/ATAPI-6) in front of an image.

#include <cstdint>
#include <string>

#include "devices/ide/drive.h"
#include "devices/ide/identify.h"
#include "devices/ide/image_queue.h"

namespace minivmm::ide {

/// PIO, multiple and DMA transfers by CHS, 28 and 48 bits; the general feature set, power
/// management, write cache and flush. Of what it doesn't announce (SMART, security, HPA beyond READ
/// NATIVE MAX) every command aborts, as 8 says.
///
/// Threads: with the controller's lock held.
class AtaDisk final : public Drive {
 public:
  static constexpr std::uint32_t kSector = 512;
  static constexpr std::uint8_t kMostMultiple = 16;

  struct Options {
    std::string name{};    ///< For people: the image's path.
    std::string serial{};  ///< What IDENTIFY says; the first 20 characters count.
  };
  /// image outlives it.
  AtaDisk(ImageQueue& image, Options options);

  [[nodiscard]] std::string name() const override { return options_.name; }

 protected:
  void execute(std::uint8_t command) override;
  void block_moved() override;
  void request_ended(int error) override;
  void forget_command() override { command_ = {}; }
  void revert_settings() override;
  [[nodiscard]] std::uint16_t signature() const override { return 0; }
  [[nodiscard]] std::uint8_t status_after_reset() const override { return kReady | kSeekComplete; }

 private:
  enum class Action { kNone, kRead, kWrite, kVerify, kFlush, kIdentify };
  enum class Addressing { kShort, kLong };  ///< CHS or LBA of 28 bits; LBA of 48.
  enum class Way { kSingle, kMultiple, kDma };

  /// A transfer by its command's code.
  struct TransferKind {
    std::uint8_t code = 0;
    Action action = Action::kNone;
    Addressing addressing = Addressing::kShort;
    Way way = Way::kSingle;
  };
  [[nodiscard]] static const TransferKind* transfer_kind(std::uint8_t command);

  void execute_other(std::uint8_t command);
  void start_transfer(const TransferKind& kind);
  [[nodiscard]] bool take_address(Addressing addressing);
  [[nodiscard]] bool take_chs();
  void show_address(std::uint64_t lba);
  void next_chunk();
  void offer_block(Notice notice);
  void chunk_done();
  void finish_transfer();
  void identify();
  void set_features();
  void set_multiple();
  void initialize_parameters();
  void show_native_max(Addressing addressing);
  void flush();
  [[nodiscard]] std::uint64_t sectors() const { return image()->info().size / kSector; }
  [[nodiscard]] DiskFacts::Geometry geometry(std::uint8_t heads, std::uint8_t per_track) const;

  // Configuration.
  const Options options_;

  // State. What a software reset leaves as it is (8.46.16: as though settings were to be kept),
  struct Settings {
    DiskFacts::Geometry geometry{};
    std::uint8_t multiple = 0;
    bool write_cache = true;
    bool look_ahead = true;
  } settings_;
  // and the command that runs.
  struct Command {
    Action action = Action::kNone;
    Addressing addressing = Addressing::kShort;
    Way way = Way::kSingle;
    bool by_chs = false;
    bool flushing = false;    // The last write is done, and is being made stable.
    std::uint64_t lba = 0;    // Of the chunk's first sector.
    std::uint32_t left = 0;   // Sectors that are not done, the chunk's included.
    std::uint32_t chunk = 0;  // Sectors that are in the buffer.
    std::uint32_t block = 1;  // Sectors between two interrupts, of PIO.
    std::uint32_t at = 0;     // Sectors of the chunk that the guest has moved.
  } command_;
};

}  // namespace minivmm::ide
