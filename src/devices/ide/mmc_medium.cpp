// What the drive says of a data disc: one session, one track in mode 1.

#include <utility>

#include "devices/ide/mmc.h"
#include "devices/ide/mmc_bytes.h"

namespace minivmm::ide::mmc {
namespace {

constexpr std::uint8_t kDataTrack = 0x14;  // ADR 1, CONTROL 4: a data track, recorded at once.
constexpr std::uint8_t kLeadOut = 0xaa;
constexpr std::uint32_t kFramesPerSecond = 75;
constexpr std::uint32_t kSecondsPerMinute = 60;
constexpr std::uint32_t kFirstFrame = 150;  // Block 0 is two seconds after the disc's beginning.
constexpr std::uint32_t kLongestCd = 80 * kSecondsPerMinute * kFramesPerSecond;

enum class AddressForm { kBlock, kTime };

// Minutes, seconds, frames in the three low bytes (MMC-3, 4.1.4); a disc may be longer than they
// say.
std::uint32_t address(std::uint32_t block, AddressForm form) {
  if (form == AddressForm::kBlock) return block;
  const std::uint64_t frames = std::uint64_t{block} + kFirstFrame;
  const std::uint64_t seconds = frames / kFramesPerSecond;
  return static_cast<std::uint32_t>((seconds / kSecondsPerMinute & 0xff) << 16 |
                                    seconds % kSecondsPerMinute << 8 | frames % kFramesPerSecond);
}

// A descriptor of formats 0 and 1.
void append_track(Bytes& bytes, std::uint8_t track, std::uint32_t start) {
  const std::size_t at = bytes.size();
  bytes.resize(at + 8);
  bytes[at + 1] = kDataTrack;
  bytes[at + 2] = track;
  put_be(bytes, at + 4, 4, start);
}

Bytes finish_toc(Bytes bytes) {
  put_be(bytes, 0, 2, bytes.size() - 2);
  bytes[2] = 1;  // The first and the last track, or session.
  bytes[3] = 1;
  return bytes;
}

Bytes tracks(std::uint8_t first, std::uint32_t blocks, AddressForm form) {
  Bytes bytes(4);
  if (first <= 1) append_track(bytes, 1, address(0, form));
  append_track(bytes, kLeadOut, address(blocks, form));
  return finish_toc(std::move(bytes));
}

Bytes sessions(AddressForm form) {
  Bytes bytes(4);
  append_track(bytes, 1, address(0, form));
  return finish_toc(std::move(bytes));
}

// The lead-in's points (MMC-3, table 239): session, ADR and CONTROL, TNO, POINT, three bytes of
// where the entry itself is, zero, and three that mean what POINT says.
void append_point(Bytes& bytes, std::uint8_t point, std::uint32_t value) {
  const std::size_t at = bytes.size();
  bytes.resize(at + 11);
  bytes[at] = 1;
  bytes[at + 1] = kDataTrack;
  bytes[at + 3] = point;
  put_be(bytes, at + 8, 3, value);
}

Bytes raw_toc(std::uint32_t blocks) {
  constexpr std::uint8_t kFirstTrack = 0xa0;
  constexpr std::uint8_t kLastTrack = 0xa1;
  constexpr std::uint8_t kLeadOutStart = 0xa2;
  constexpr std::uint32_t kTrack1 = 1u << 16;  // In the minutes' place.
  Bytes bytes(4);
  append_point(bytes, kFirstTrack, kTrack1);
  append_point(bytes, kLastTrack, kTrack1);
  append_point(bytes, kLeadOutStart, address(blocks, AddressForm::kTime));
  append_point(bytes, 1, address(0, AddressForm::kTime));
  return finish_toc(std::move(bytes));
}

}  // namespace

bool is_dvd(std::uint32_t blocks) {
  return blocks > kLongestCd;
}

Answer read_capacity(std::uint32_t blocks) {
  Bytes bytes(8);
  put_be(bytes, 0, 4, blocks - 1);
  put_be(bytes, 4, 4, kBlock);
  return {.bytes = std::move(bytes)};
}

// MMC-3, 6.25; the format's older place is SFF-8020i's (10.8.20).
Answer read_toc(const Packet& packet, std::uint32_t blocks) {
  constexpr std::uint8_t kMsf = 0x02;
  const auto form = (packet[1] & kMsf) != 0 ? AddressForm::kTime : AddressForm::kBlock;
  const auto format = static_cast<std::uint8_t>((packet[2] & 0x0f) | packet[9] >> 6);
  const std::uint8_t first = packet[6];
  const std::size_t room = load_be16(packet, 7);
  switch (format) {
    case 0:
      if (first > 1 && first != kLeadOut) return refused(kInvalidField);
      return limited(tracks(first, blocks, form), room);
    case 1:
      return limited(sessions(form), room);
    case 2:
      return limited(raw_toc(blocks), room);
    default:
      return refused(kInvalidField);
  }
}

Answer read_disc_information(const Packet& packet) {
  constexpr std::uint8_t kComplete = 0x0e;      // The disc, and its last session.
  constexpr std::uint8_t kUnrestricted = 0x20;  // Unrestricted use.
  Bytes bytes(34);
  put_be(bytes, 0, 2, bytes.size() - 2);
  bytes[2] = kComplete;
  bytes[3] = 1;  // The first track on the disc,
  bytes[4] = 1;  // how many sessions,
  bytes[5] = 1;  // the first track of the last one,
  bytes[6] = 1;  // and its last.
  bytes[7] = kUnrestricted;
  return limited(std::move(bytes), load_be16(packet, 7));
}

// MMC-3, 6.27: by block, by track or by session.
Answer read_track_information(const Packet& packet, std::uint32_t blocks) {
  enum : std::uint8_t { kByBlock = 0, kByTrack = 1, kBySession = 2 };
  const std::uint8_t by = packet[1] & 0x03;
  const std::uint32_t which = load_be32(packet, 2);
  const bool there = by == kByBlock ? which < blocks : which == 1;
  if (by > kBySession || !there) return refused(kInvalidField);
  Bytes bytes(36);
  put_be(bytes, 0, 2, bytes.size() - 2);
  bytes[2] = 1;     // The track,
  bytes[3] = 1;     // its session,
  bytes[5] = 0x04;  // a data track,
  bytes[6] = 0x01;  // in mode 1.
  put_be(bytes, 24, 4, blocks);
  return limited(std::move(bytes), load_be16(packet, 7));
}

// MMC-3, 6.22: what a DVD-ROM's lead-in says (format 0), and that nothing protects it (format 1).
Answer read_dvd_structure(const Packet& packet, std::uint32_t blocks) {
  constexpr std::uint32_t kDataStart = 0x03'0000;  // The first sector of a DVD's data area.
  const std::size_t room = load_be16(packet, 8);
  const std::uint8_t format = packet[7];
  if (!is_dvd(blocks) || packet[6] != 0) return refused(kInvalidField);
  if (format == 1) {
    Bytes bytes(8);
    put_be(bytes, 0, 2, bytes.size() - 2);
    return limited(std::move(bytes), room);
  }
  if (format != 0) return refused(kInvalidField);
  Bytes bytes(2052);
  put_be(bytes, 0, 2, bytes.size() - 2);
  bytes[4] = 0x01;  // A DVD-ROM of version 1,
  bytes[5] = 0x0f;  // 120 mm; no maximum rate is specified.
  bytes[6] = 0x01;  // One layer, embossed.
  put_be(bytes, 8, 4, kDataStart);
  put_be(bytes, 12, 4, std::uint64_t{kDataStart} + blocks - 1);
  return limited(std::move(bytes), room);
}

}  // namespace minivmm::ide::mmc
