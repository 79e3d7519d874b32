// What the drive says of itself.

#include <algorithm>
#include <string_view>
#include <utility>

#include "devices/ide/mmc.h"
#include "devices/ide/mmc_bytes.h"

namespace minivmm::ide::mmc {
namespace {

// What it can do with a tray, as mode page 2Ah and feature 0003h have it: a tray, which software
// can eject and lock.
constexpr std::uint8_t kTrayEjectLock = 0x29;

constexpr std::uint16_t kProfileCdRom = 0x0008;
constexpr std::uint16_t kProfileDvdRom = 0x0010;

void put_text(Bytes& bytes, std::size_t offset, std::size_t width, std::string_view text) {
  for (std::size_t i = 0; i < width; ++i)
    bytes.at(offset + i) = static_cast<std::uint8_t>(i < text.size() ? text[i] : ' ');
}

void append(Bytes& bytes, const Bytes& more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

// --- Mode pages (MMC-3, 5.5)
// -----------------------------------------------------------------------

enum class Values { kCurrent = 0, kChangeable = 1, kDefault = 2, kSaved = 3 };

constexpr std::uint8_t kErrorRecoveryPage = 0x01;
constexpr std::uint8_t kCapabilitiesPage = 0x2a;
constexpr std::uint8_t kAllPages = 0x3f;

Bytes capabilities_page(const DriveFacts& facts) {
  constexpr std::uint8_t kReadsAll = 0x3b;       // CD-R, CD-RW, DVD-ROM, DVD-R, DVD-RAM.
  constexpr std::uint8_t kMode2Sessions = 0x70;  // Mode 2, both forms; several sessions.
  constexpr std::uint8_t kLocked = 0x02;
  constexpr std::uint16_t kSpeed = 7056;  // In kB/s: forty times a CD's.
  constexpr std::uint16_t kBuffer = 512;  // In KiB.
  Bytes page(20);
  page[0] = kCapabilitiesPage;
  page[1] = 18;
  page[2] = kReadsAll;
  page[4] = kMode2Sessions;
  page[6] = static_cast<std::uint8_t>(kTrayEjectLock | (facts.removal_prevented ? kLocked : 0));
  put_be(page, 8, 2, kSpeed);
  put_be(page, 12, 2, kBuffer);
  put_be(page, 14, 2, kSpeed);
  return page;
}

Bytes error_recovery_page() {
  Bytes page(8);
  page[0] = kErrorRecoveryPage;
  page[1] = 6;
  page[3] = 5;  // Retries.
  return page;
}

// Nothing can be changed: MODE SELECT isn't there.
Bytes as_asked(Bytes page, Values values) {
  if (values == Values::kChangeable) std::fill(page.begin() + 2, page.end(), std::uint8_t{0});
  return page;
}

std::uint8_t medium_type(const DriveFacts& facts) {
  constexpr std::uint8_t kDataDisc = 0x01;
  constexpr std::uint8_t kNoDisc = 0x70;
  constexpr std::uint8_t kDoorOpen = 0x71;
  if (facts.tray_open) return kDoorOpen;
  return facts.blocks ? kDataDisc : kNoDisc;
}

// --- Features (MMC-3, 5.3)
// --------------------------------------------------------------------------

struct Feature {
  std::uint16_t code = 0;
  bool persistent = false;
  bool current = false;
  std::uint8_t version = 0;
  Bytes data{};
};

Bytes profile_list(std::uint16_t current) {
  Bytes data;
  for (const std::uint16_t profile : {kProfileDvdRom, kProfileCdRom}) {
    Bytes entry(4);
    put_be(entry, 0, 2, profile);
    entry[2] = profile == current ? 1 : 0;
    append(data, entry);
  }
  return data;
}

std::vector<Feature> features(std::uint16_t profile) {
  const bool cd = profile == kProfileCdRom;
  const bool dvd = profile == kProfileDvdRom;
  return {
      {0x0000, true, true, 0, profile_list(profile)},
      {0x0001, true, true, 2, {0, 0, 0, 2, 1, 0, 0, 0}},        // Core: ATAPI; DBEVENT.
      {0x0002, true, true, 1, {2, 0, 0, 0}},                    // Morphing: operational changes.
      {0x0003, true, true, 0, {kTrayEjectLock, 0, 0, 0}},       // Removable medium.
      {0x0010, false, cd || dvd, 0, {0, 0, 8, 0, 0, 1, 0, 0}},  // Random readable, by 2048 bytes.
      {0x001e, false, cd, 2, {0, 0, 0, 0}},                     // CD read.
      {0x001f, false, dvd, 0, {}},                              // DVD read.
  };
}

Bytes encode(const Feature& feature) {
  Bytes bytes(4);
  put_be(bytes, 0, 2, feature.code);
  bytes[2] = static_cast<std::uint8_t>(feature.version << 2 | (feature.persistent ? 2 : 0) |
                                       (feature.current ? 1 : 0));
  bytes[3] = static_cast<std::uint8_t>(feature.data.size());
  append(bytes, feature.data);
  return bytes;
}

std::uint16_t current_profile(const DriveFacts& facts) {
  if (!facts.blocks) return 0;
  return is_dvd(*facts.blocks) ? kProfileDvdRom : kProfileCdRom;
}

}  // namespace

std::uint32_t load_be16(const Packet& packet, std::size_t offset) {
  return static_cast<std::uint32_t>(packet.at(offset) << 8 | packet.at(offset + 1));
}

std::uint32_t load_be32(const Packet& packet, std::size_t offset) {
  return load_be16(packet, offset) << 16 | load_be16(packet, offset + 2);
}

Answer request_sense(const Packet& packet, const Sense& sense) {
  constexpr std::uint8_t kCurrentFixed = 0x70;
  Bytes bytes(18);
  bytes[0] = kCurrentFixed;
  bytes[2] = sense.key;
  bytes[7] = 10;  // What follows.
  bytes[12] = sense.code;
  bytes[13] = sense.qualifier;
  return limited(std::move(bytes), packet[4]);
}

Answer inquiry(const Packet& packet) {
  constexpr std::uint8_t kVitalData = 0x01;
  if ((packet[1] & kVitalData) != 0 || packet[2] != 0) return refused(kInvalidField);
  Bytes bytes(36);
  bytes[0] = 0x05;  // A CD-ROM device,
  bytes[1] = 0x80;  // with a removable medium,
  bytes[3] = 0x21;  // of ATAPI; the standard format.
  bytes[4] = 31;    // What follows.
  put_text(bytes, 8, 8, "MINIVMM");
  put_text(bytes, 16, 16, "CD-ROM");
  put_text(bytes, 32, 4, "1.0");
  return limited(std::move(bytes), load_be16(packet, 3));
}

Answer mode_sense(const Packet& packet, const DriveFacts& facts) {
  const auto values = static_cast<Values>(packet[2] >> 6);
  const std::uint8_t wanted = packet[2] & 0x3f;
  if (values == Values::kSaved) return refused(kNoSavedPages);
  const bool short_form = packet[0] == kModeSense6;
  Bytes bytes(short_form ? 4 : 8);
  if (wanted == kErrorRecoveryPage || wanted == kAllPages)
    append(bytes, as_asked(error_recovery_page(), values));
  if (wanted == kCapabilitiesPage || wanted == kAllPages)
    append(bytes, as_asked(capabilities_page(facts), values));
  const std::size_t header = short_form ? 4 : 8;
  if (bytes.size() == header) return refused(kInvalidField);
  if (short_form) {
    bytes[0] = static_cast<std::uint8_t>(bytes.size() - 1);
    bytes[1] = medium_type(facts);
    return limited(std::move(bytes), packet[4]);
  }
  put_be(bytes, 0, 2, bytes.size() - 2);
  bytes[2] = medium_type(facts);
  return limited(std::move(bytes), load_be16(packet, 7));
}

// 6.5: all features from one on, the current ones of them, or just that one.
Answer get_configuration(const Packet& packet, const DriveFacts& facts) {
  enum : std::uint8_t { kAll = 0, kCurrent = 1, kOne = 2 };
  const std::uint8_t which = packet[1] & 0x03;
  const std::uint32_t first = load_be16(packet, 2);
  if (which > kOne) return refused(kInvalidField);
  const std::uint16_t profile = current_profile(facts);
  Bytes bytes(8);
  for (const Feature& feature : features(profile)) {
    if (feature.code < first || (which == kOne && feature.code != first)) continue;
    if (which == kCurrent && !feature.current) continue;
    append(bytes, encode(feature));
  }
  put_be(bytes, 0, 4, bytes.size() - 4);
  put_be(bytes, 6, 2, profile);
  return limited(std::move(bytes), load_be16(packet, 7));
}

// 6.6: of the classes there is the media's only.
Answer get_event_status(const Packet& packet, const DriveFacts& facts, MediaEvent event) {
  constexpr std::uint8_t kPolled = 0x01;
  constexpr std::uint8_t kMediaClass = 4;
  constexpr std::uint8_t kMediaClassBit = 1u << kMediaClass;
  constexpr std::uint8_t kNoEvent = 0x80;
  constexpr std::uint8_t kDoorOpen = 0x01;
  constexpr std::uint8_t kPresent = 0x02;
  if ((packet[1] & kPolled) == 0) return refused(kInvalidField);  // Nothing comes by itself.
  const bool media = (packet[4] & kMediaClassBit) != 0;
  Bytes bytes(media ? 8 : 4);
  put_be(bytes, 0, 2, media ? 6 : 2);
  bytes[2] = media ? kMediaClass : kNoEvent;
  bytes[3] = kMediaClassBit;
  if (media) {
    bytes[4] = static_cast<std::uint8_t>(event);
    bytes[5] = static_cast<std::uint8_t>((facts.tray_open ? kDoorOpen : 0) |
                                         (facts.blocks ? kPresent : 0));
  }
  return limited(std::move(bytes), load_be16(packet, 7));
}

Answer mechanism_status(const Packet& packet, const DriveFacts& facts) {
  constexpr std::uint8_t kDoorOpen = 0x10;
  Bytes bytes(8);
  bytes[1] = facts.tray_open ? kDoorOpen : 0;
  return limited(std::move(bytes), load_be16(packet, 8));
}

}  // namespace minivmm::ide::mmc
