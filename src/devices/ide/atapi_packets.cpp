// What a CD-ROM drive does with each packet, and with its tray.

#include <algorithm>
#include <array>
#include <utility>

#include "devices/ide/atapi_cd.h"

namespace minivmm::ide {
namespace {

constexpr std::uint32_t kChunkBlocks = Drive::kBufferSize / mmc::kBlock;

bool needs_medium(std::uint8_t operation) {
  constexpr std::array kOperations{mmc::kTestUnitReady,
                                   mmc::kReadCapacity,
                                   mmc::kRead10,
                                   mmc::kRead12,
                                   mmc::kReadCd,
                                   mmc::kSeek10,
                                   mmc::kReadToc,
                                   mmc::kReadDiscInformation,
                                   mmc::kReadTrackInformation,
                                   mmc::kReadDvdStructure};
  return std::ranges::find(kOperations, operation) != kOperations.end();
}

}  // namespace

mmc::DriveFacts AtapiCd::facts() const {
  mmc::DriveFacts facts{.tray_open = tray_.open, .removal_prevented = tray_.locked};
  if (image() != nullptr && !tray_.open)
    facts.blocks = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(image()->info().size / mmc::kBlock, 0xffff'fffe));
  return facts;
}

void AtapiCd::run(const mmc::Packet& packet) {
  const std::uint8_t operation = packet[0];
  if (reports_attention(operation)) return;
  switch (operation) {
    case mmc::kRequestSense:
      return tell_sense(packet);
    case mmc::kInquiry:
      return answer(mmc::inquiry(packet));
    case mmc::kModeSense6:
    case mmc::kModeSense10:
      return answer(mmc::mode_sense(packet, facts()));
    case mmc::kStartStopUnit:
      return start_stop(packet);
    case mmc::kPreventAllow:
      return prevent_removal(packet);
    case mmc::kGetConfiguration:
      return answer(mmc::get_configuration(packet, facts()));
    case mmc::kGetEventStatus:
      return tell_events(packet);
    case mmc::kMechanismStatus:
      return answer(mmc::mechanism_status(packet, facts()));
    case mmc::kSetCdSpeed:
    case mmc::kSynchronizeCache:
      return succeed();
    default:
      break;
  }
  if (!needs_medium(operation)) return check(mmc::kInvalidOpcode);
  const auto blocks = facts().blocks;
  if (!blocks) return check(tray_.open ? mmc::kNoMediumTrayOpen : mmc::kNoMediumTrayClosed);
  run_on_medium(packet, *blocks);
}

void AtapiCd::run_on_medium(const mmc::Packet& packet, std::uint32_t blocks) {
  switch (packet[0]) {
    case mmc::kTestUnitReady:
      return succeed();
    case mmc::kReadCapacity:
      return answer(mmc::read_capacity(blocks));
    case mmc::kRead10:
      return read(mmc::load_be32(packet, 2), mmc::load_be16(packet, 7), blocks);
    case mmc::kRead12:
      return read(mmc::load_be32(packet, 2), mmc::load_be32(packet, 6), blocks);
    case mmc::kReadCd:
      return read_cd(packet, blocks);
    case mmc::kSeek10:
      return mmc::load_be32(packet, 2) < blocks ? succeed() : check(mmc::kOutOfRange);
    case mmc::kReadToc:
      return answer(mmc::read_toc(packet, blocks));
    case mmc::kReadDiscInformation:
      return answer(mmc::read_disc_information(packet));
    case mmc::kReadTrackInformation:
      return answer(mmc::read_track_information(packet, blocks));
    case mmc::kReadDvdStructure:
      return answer(mmc::read_dvd_structure(packet, blocks));
    default:
      return check(mmc::kInvalidOpcode);
  }
}

// SPC-2, 5.6.4: told once, by the first command that isn't one of these.
bool AtapiCd::reports_attention(std::uint8_t operation) {
  if (!tray_.attention || operation == mmc::kInquiry || operation == mmc::kRequestSense ||
      operation == mmc::kGetConfiguration || operation == mmc::kGetEventStatus)
    return false;
  check(*std::exchange(tray_.attention, std::nullopt));
  return true;
}

void AtapiCd::tell_sense(const mmc::Packet& packet) {
  mmc::Sense sense = sense_;
  if (sense == mmc::kNoSense && tray_.attention)
    sense = *std::exchange(tray_.attention, std::nullopt);
  answer(mmc::request_sense(packet, sense));
  sense_ = mmc::kNoSense;
}

void AtapiCd::tell_events(const mmc::Packet& packet) {
  constexpr std::size_t kHeader = 4;
  const mmc::Answer told = mmc::get_event_status(packet, facts(), tray_.event);
  if (told.ok() && told.bytes.size() > kHeader) tray_.event = mmc::MediaEvent::kNone;
  answer(told);
}

// --- The tray
// -------------------------------------------------------------------------------------

void AtapiCd::start_stop(const mmc::Packet& packet) {
  constexpr std::uint8_t kStart = 0x01;
  constexpr std::uint8_t kLoadEject = 0x02;
  constexpr std::uint8_t kPowerConditions = 0xf0;
  const std::uint8_t what = packet[4];
  if ((what & kPowerConditions) != 0 || (what & kLoadEject) == 0) return succeed();
  const bool open = (what & kStart) == 0;
  if (open && tray_.locked) return check(mmc::kRemovalPrevented);
  move_tray(open);
  succeed();
}

void AtapiCd::prevent_removal(const mmc::Packet& packet) {
  tray_.locked = (packet[4] & 0x01) != 0;
  succeed();
}

void AtapiCd::move_tray(bool open) {
  if (tray_.open == open) return;
  tray_.open = open;
  if (image() != nullptr) {
    if (open)
      tray_.event = mmc::MediaEvent::kRemoval;
    else
      announce_medium();
  }
  if (options_.tray_moved) options_.tray_moved(open);
}

void AtapiCd::announce_medium() {
  tray_.event = mmc::MediaEvent::kNewMedia;
  tray_.attention = mmc::kMediumChanged;
}

void AtapiCd::load(ImageQueue* image, bool tray_open) {
  connect(image);
  tray_.open = tray_open;
}

void AtapiCd::insert(ImageQueue& image) {
  connect(&image);
  announce_medium();
  if (!std::exchange(tray_.open, false)) return;
  if (options_.tray_moved) options_.tray_moved(false);
}

void AtapiCd::take_out() {
  connect(nullptr);
  tray_.event = mmc::MediaEvent::kRemoval;
}

AtapiCd::Eject AtapiCd::press_eject() {
  if (tray_.locked && !tray_.open) {
    tray_.event = mmc::MediaEvent::kEjectRequest;
    return Eject::kAsked;
  }
  force_open();
  return Eject::kOpened;
}

void AtapiCd::force_open() {
  tray_.locked = false;
  move_tray(true);
}

// --- Reads
// ----------------------------------------------------------------------------------------

// MMC-3, 6.19: of a data disc the user data, or nothing, can be had: what lies around it on a real
// disc (headers, error correction) is not in an image.
void AtapiCd::read_cd(const mmc::Packet& packet, std::uint32_t blocks) {
  constexpr std::uint8_t kSectorType = 0x1c;
  constexpr std::uint8_t kAnyType = 0x00;
  constexpr std::uint8_t kMode1 = 0x08;
  constexpr std::uint8_t kParts = 0xf8;
  constexpr std::uint8_t kUserData = 0x10;
  const std::uint8_t type = packet[1] & kSectorType;
  if (type != kAnyType && type != kMode1) return check(mmc::kIllegalModeForTrack);
  const std::uint32_t start = mmc::load_be32(packet, 2);
  const std::uint32_t count = mmc::load_be32(packet, 5) & 0xff'ffff;
  const std::uint8_t parts = packet[9] & kParts;
  if (parts == 0) return read(start, 0, blocks);
  if (parts != kUserData || (packet[10] & 0x07) != 0) return check(mmc::kInvalidField);
  read(start, count, blocks);
}

void AtapiCd::read(std::uint32_t block, std::uint32_t count, std::uint32_t blocks) {
  if (block >= blocks || count > blocks - block) return check(mmc::kOutOfRange);
  if (count == 0) return succeed();
  command_.action = Action::kRead;
  command_.block = block;
  command_.left = count;
  read_chunk();
}

void AtapiCd::read_chunk() {
  command_.size = std::size_t{std::min(command_.left, kChunkBlocks)} * mmc::kBlock;
  command_.at = 0;
  request(BlockOp::kRead, std::uint64_t{command_.block} * mmc::kBlock, command_.size);
}

}  // namespace minivmm::ide
