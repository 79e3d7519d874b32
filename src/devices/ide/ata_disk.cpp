#include "devices/ide/ata_disk.h"

#include <algorithm>
#include <utility>

namespace minivmm::ide {
namespace {

constexpr std::uint8_t kDefaultHeads = 16;
constexpr std::uint8_t kDefaultSectors = 63;
constexpr std::uint64_t kMostCylinders = 16383;  // 8.15.9: of any disk beyond 8 GB.
constexpr std::uint8_t kActiveOrIdle = 0xff;     // 8.5: what CHECK POWER MODE answers.

}  // namespace

AtaDisk::AtaDisk(ImageQueue& image, Options options) : options_(std::move(options)) {
  connect(&image);
  revert_settings();
}

void AtaDisk::revert_settings() {
  settings_ = {};
  settings_.geometry = geometry(kDefaultHeads, kDefaultSectors);
}

DiskFacts::Geometry AtaDisk::geometry(std::uint8_t heads, std::uint8_t per_track) const {
  const std::uint64_t cylinders = sectors() / (std::uint64_t{heads} * per_track);
  return {.cylinders = static_cast<std::uint16_t>(std::min(cylinders, kMostCylinders)),
          .heads = heads,
          .sectors = per_track};
}

void AtaDisk::execute(std::uint8_t command) {
  command_ = {};
  if (const TransferKind* kind = transfer_kind(command)) return start_transfer(*kind);
  if ((command & 0xf0) == kCmdRecalibrate || (command & 0xf0) == kCmdSeek) return complete();
  execute_other(command);
}

void AtaDisk::execute_other(std::uint8_t command) {
  switch (command) {
    case kCmdIdentifyDevice:
      return identify();
    case kCmdSetFeatures:
      return set_features();
    case kCmdSetMultiple:
      return set_multiple();
    case kCmdInitializeParameters:
      return initialize_parameters();
    case kCmdFlushCache:
    case kCmdFlushCacheExt:
      return flush();
    case kCmdReadNativeMax:
      return show_native_max(Addressing::kShort);
    case kCmdReadNativeMaxExt:
      return show_native_max(Addressing::kLong);
    case kCmdCheckPowerMode:
      task().count.current = kActiveOrIdle;
      return complete();
    case kCmdStandbyImmediate:
    case kCmdIdleImmediate:
    case kCmdStandby:
    case kCmdIdle:
    case kCmdSleep:
      return complete();
    default:
      // 8.15.5, signature: a packet command tells a driver that this is none; so do the others.
      return abort();
  }
}

void AtaDisk::identify() {
  command_.action = Action::kIdentify;
  identify_disk({.sectors = sectors(),
                 .serial = options_.serial,
                 .default_geometry = geometry(kDefaultHeads, kDefaultSectors),
                 .geometry = settings_.geometry,
                 .most_multiple = kMostMultiple,
                 .multiple = settings_.multiple,
                 .multiword_mode = modes().multiword,
                 .ultra_mode = modes().ultra,
                 .write_cache = settings_.write_cache,
                 .look_ahead = settings_.look_ahead},
                buffer());
  offer_pio(Direction::kToHost, 0, kIdentifyBytes, Notice::kInterrupt);
}

void AtaDisk::set_features() {
  switch (task().features.current) {
    case kFeatureTransferMode:
      return select_mode(task().count.current) ? complete() : abort();
    case kFeatureWriteCacheOn:
      settings_.write_cache = true;
      return complete();
    case kFeatureWriteCacheOff:
      settings_.write_cache = false;
      return flush();  // 8.46.10: what is in the cache becomes stable first.
    case kFeatureLookAheadOn:
      settings_.look_ahead = true;
      return complete();
    case kFeatureLookAheadOff:
      settings_.look_ahead = false;
      return complete();
    case kFeatureKeepSettings:
    case kFeatureRevertSettings:
      return complete();
    default:
      return abort();
  }
}

// 8.49: a power of two up to what IDENTIFY says; 0 turns the multiple commands off.
void AtaDisk::set_multiple() {
  const std::uint8_t count = task().count.current;
  if (count > kMostMultiple || (count & (count - 1)) != 0) {
    settings_.multiple = 0;
    return abort();
  }
  settings_.multiple = count;
  complete();
}

void AtaDisk::initialize_parameters() {
  const std::uint8_t per_track = task().count.current;
  const auto heads = static_cast<std::uint8_t>((task().device & kDeviceHead) + 1);
  if (per_track == 0) return abort();
  settings_.geometry = geometry(heads, per_track);
  complete();
}

void AtaDisk::show_native_max(Addressing addressing) {
  constexpr std::uint64_t kMostLba28 = 0x0fff'ffff;
  if ((task().device & kDeviceLba) == 0) return abort();
  command_.addressing = addressing;
  const std::uint64_t last = sectors() - 1;
  show_address(addressing == Addressing::kShort ? std::min(last, kMostLba28) : last);
  complete();
}

void AtaDisk::flush() {
  if (image()->info().read_only) return complete();
  command_.action = Action::kFlush;
  request(BlockOp::kFlush, 0, 0);
}

}  // namespace minivmm::ide
