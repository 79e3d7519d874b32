#include "devices/ide/atapi_cd.h"

#include <algorithm>
#include <cassert>

#include "devices/ide/identify.h"

namespace minivmm::ide {
namespace {

// PACKET's features (8.23.3).
constexpr std::uint8_t kFeatureDma = 0x01;
constexpr std::uint8_t kFeatureOverlap = 0x02;

constexpr std::uint8_t kReasonDone = kReasonCommand | kReasonToHost;
constexpr std::uint32_t kMostByteCount = 0xfffe;  // 8.23.3: FFFFh is taken as FFFEh.

}  // namespace

void AtapiCd::revert_settings() {
  tray_.locked = false;
  tray_.event = mmc::MediaEvent::kNone;
  tray_.attention = mmc::kPowerOn;
  sense_ = {};
}

void AtapiCd::execute(std::uint8_t command) {
  command_ = {};
  switch (command) {
    case kCmdPacket:
      return take_packet();
    case kCmdIdentifyPacketDevice:
      return identify();
    case kCmdSetFeatures:
      return set_features();
    case kCmdIdentifyDevice:
    case kCmdReadSectors:
      return refuse_as_packet_device();
    case kCmdCheckPowerMode:
      task().count.current = 0xff;  // Active or idle.
      return complete();
    case kCmdStandbyImmediate:
    case kCmdIdleImmediate:
    case kCmdStandby:
    case kCmdIdle:
    case kCmdSleep:
    case kCmdFlushCache:
      return complete();
    default:
      return abort();
  }
}

void AtapiCd::identify() {
  command_.action = Action::kIdentify;
  identify_cd(
      {.serial = options_.serial, .multiword_mode = modes().multiword, .ultra_mode = modes().ultra},
      buffer());
  offer_pio(Direction::kToHost, 0, kIdentifyBytes, Notice::kInterrupt);
}

// 8.15.5.2 and 8.27.5: how a driver that takes this for a disk learns what it is.
void AtapiCd::refuse_as_packet_device() {
  task().lba_mid.current = static_cast<std::uint8_t>(signature() & 0xff);
  task().lba_high.current = static_cast<std::uint8_t>(signature() >> 8);
  task().count.current = task().lba_low.current = 1;
  abort();
}

void AtapiCd::set_features() {
  switch (task().features.current) {
    case kFeatureTransferMode:
      return select_mode(task().count.current) ? complete() : abort();
    case kFeatureKeepSettings:
    case kFeatureRevertSettings:
      return complete();
    default:
      return abort();
  }
}

void AtapiCd::take_packet() {
  if ((task().features.current & kFeatureOverlap) != 0) return abort();
  command_.dma = (task().features.current & kFeatureDma) != 0;
  command_.limit =
      static_cast<std::uint32_t>(task().lba_mid.current | task().lba_high.current << 8);
  if (command_.limit == 0) command_.limit = kMostByteCount;
  command_.limit = std::min(command_.limit, kMostByteCount);
  command_.action = Action::kPacket;
  task().count.current = kReasonCommand;
  // As IDENTIFY PACKET DEVICE says, no interrupt tells that the packet may come.
  offer_pio(Direction::kToDevice, 0, mmc::kPacketBytes, Notice::kSilent);
}

void AtapiCd::block_moved() {
  switch (command_.action) {
    case Action::kPacket: {
      mmc::Packet packet{};
      for (std::size_t i = 0; i < packet.size(); ++i)
        packet[i] = std::to_integer<std::uint8_t>(buffer()[i]);
      return run(packet);
    }
    case Action::kAnswer:
    case Action::kRead:
      return data_done();
    case Action::kIdentify:
    case Action::kNone:
      return complete(Notice::kSilent);
  }
}

void AtapiCd::answer(const mmc::Answer& answer) {
  if (!answer.ok()) return check(answer.refused);
  if (answer.bytes.empty()) return succeed();
  assert(answer.bytes.size() <= buffer().size());
  std::ranges::copy(std::as_bytes(std::span(answer.bytes)), buffer().begin());
  command_.action = Action::kAnswer;
  command_.size = answer.bytes.size();
  command_.at = 0;
  offer_data();
}

// 9.8: a block of PIO is at most the byte count limit, and even unless it is the last.
void AtapiCd::offer_data() {
  task().count.current = kReasonToHost;
  if (command_.dma) return offer_dma(Direction::kToHost, command_.size);
  const std::size_t left = command_.size - command_.at;
  std::size_t block = std::min<std::size_t>(left, command_.limit);
  if (block < left && block > 1) block -= block % 2;
  if (command_.action == Action::kRead && block > mmc::kBlock) block -= block % mmc::kBlock;
  task().lba_mid.current = static_cast<std::uint8_t>(block & 0xff);
  task().lba_high.current = static_cast<std::uint8_t>(block >> 8);
  offer_pio(Direction::kToHost, command_.at, block, Notice::kInterrupt);
  command_.at += block;
}

void AtapiCd::data_done() {
  if (!command_.dma && command_.at < command_.size) return offer_data();
  if (command_.action == Action::kRead) {
    const auto done = static_cast<std::uint32_t>(command_.size / mmc::kBlock);
    command_.block += done;
    command_.left -= done;
    if (command_.left > 0) return read_chunk();
  }
  succeed();
}

void AtapiCd::succeed() {
  sense_ = mmc::kNoSense;
  task().count.current = kReasonDone;
  complete();
}

// CHECK CONDITION (9.8): the sense key in ERROR's high bits; REQUEST SENSE tells the rest.
void AtapiCd::check(const mmc::Sense& sense) {
  sense_ = sense;
  task().count.current = kReasonDone;
  fail(static_cast<std::uint8_t>(sense.key << 4 | kAborted));
}

void AtapiCd::request_ended(int error) {
  if (error != 0) return check(mmc::kUnrecoveredRead);
  offer_data();
}

}  // namespace minivmm::ide
