#pragma once
// An ATAPI CD-ROM drive: a packet device (ATA/ATAPI-6) that speaks MMC-3.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "devices/ide/drive.h"
#include "devices/ide/image_queue.h"
#include "devices/ide/mmc.h"

namespace minivmm::ide {

/// A drive with a tray, in which there is a disc of 2048-byte blocks, or none.
///
/// The guest may open and close the tray and lock it; a person may do so too, and change the disc.
/// Threads: with the controller's lock held.
class AtapiCd final : public Drive {
 public:
  struct Options {
    std::string serial{};
    /// The guest, or press_eject(), moved the tray. With the lock held. May be empty.
    std::function<void(bool open)> tray_moved{};
  };
  explicit AtapiCd(Options options) : options_(std::move(options)) {}

  /// At power-on, before the guest runs: image is null if the tray is empty.
  void load(ImageQueue* image, bool tray_open);

  /// A person changes the disc, whatever the guest thinks of it; the tray ends up closed. image's
  /// thread may be started afterwards; it outlives the drive, or take_out() is called before it
  /// goes.
  void insert(ImageQueue& image);
  /// The disc's thread has stopped, and its queue goes.
  void take_out();

  enum class Eject { kOpened, kAsked };
  /// The button at the front: opens the tray, or, if the guest has locked it, asks the guest.
  Eject press_eject();
  /// The hole for a paper clip: opens the tray in any case.
  void force_open();

  [[nodiscard]] bool tray_open() const { return tray_.open; }
  [[nodiscard]] std::string name() const override { return "CD-ROM"; }

 protected:
  void execute(std::uint8_t command) override;
  void block_moved() override;
  void request_ended(int error) override;
  void forget_command() override { command_ = {}; }
  void revert_settings() override;
  [[nodiscard]] std::uint16_t signature() const override { return 0xeb14; }
  // 9.12: a packet device is not ready until a command has told it that its driver knows it.
  [[nodiscard]] std::uint8_t status_after_reset() const override { return 0; }

 private:
  enum class Action { kNone, kIdentify, kPacket, kAnswer, kRead };

  // The transport, in atapi_cd.cpp.
  void identify();
  void refuse_as_packet_device();
  void take_packet();
  void set_features();
  void answer(const mmc::Answer& answer);
  void offer_data();
  void data_done();
  void succeed();
  void check(const mmc::Sense& sense);

  // The packets, in atapi_packets.cpp.
  void run(const mmc::Packet& packet);
  void run_on_medium(const mmc::Packet& packet, std::uint32_t blocks);
  [[nodiscard]] bool reports_attention(std::uint8_t operation);
  void tell_sense(const mmc::Packet& packet);
  void tell_events(const mmc::Packet& packet);
  void start_stop(const mmc::Packet& packet);
  void prevent_removal(const mmc::Packet& packet);
  void read_cd(const mmc::Packet& packet, std::uint32_t blocks);
  void read(std::uint32_t block, std::uint32_t count, std::uint32_t blocks);
  void read_chunk();
  void move_tray(bool open);
  void announce_medium();
  [[nodiscard]] mmc::DriveFacts facts() const;

  // Configuration and wiring.
  const Options options_;

  // State: the tray and what is to be told of it, which a software reset leaves alone;
  struct Tray {
    bool open = false;
    bool locked = false;
    mmc::MediaEvent event = mmc::MediaEvent::kNone;
    std::optional<mmc::Sense> attention{mmc::kPowerOn};
  } tray_;
  // the last command's sense;
  mmc::Sense sense_{};
  // and the command that runs.
  struct Command {
    Action action = Action::kNone;
    bool dma = false;
    std::uint32_t limit = 0;  // Bytes of a block of PIO, from the byte count registers.
    std::size_t size = 0;     // Of what is in the buffer.
    std::size_t at = 0;       // How much of it the guest has moved.
    std::uint32_t block = 0;  // kRead: where the buffer's contents are from,
    std::uint32_t left = 0;   // and how many blocks are not done, the buffer's included.
  } command_;
};

}  // namespace minivmm::ide
