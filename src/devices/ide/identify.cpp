#include "devices/ide/identify.h"

#include <algorithm>
#include <cassert>

#include "minivmm/io_device.h"

namespace minivmm::ide {
namespace {

constexpr std::string_view kFirmware = "1.0";
constexpr std::string_view kDiskModel = "MINIVMM HARD DISK";
constexpr std::string_view kCdModel = "MINIVMM CD-ROM";

// Word 0 (8.15.8): a fixed disk. Of a packet device (8.16.8): a CD-ROM (5) whose medium can be
// removed, DRQ within 50 us of PACKET, packets of 12 bytes.
constexpr std::uint16_t kFixedDisk = 0x0040;
constexpr std::uint16_t kPacketCd = 0x85c0;

// Word 49 (8.15.22): IORDY, which can be disabled; LBA; DMA.
constexpr std::uint16_t kCapabilities = 0x0f00;
constexpr std::uint16_t kAlwaysOne = 0x4000;  // Of words 50, 83, 84, 87 and 93.
constexpr std::uint16_t kValid54 = 0x01;      // Word 53: 54 to 58, 64 to 70, and 88 have a meaning.
constexpr std::uint16_t kValid64 = 0x02;
constexpr std::uint16_t kValid88 = 0x04;
constexpr std::uint16_t kModes0To2 = 0x07;
constexpr std::uint16_t kPioModes3And4 = 0x03;
constexpr std::uint16_t kCycleNanoseconds = 120;
constexpr std::uint16_t kAta4To6 = 0x0070;

// Word 82 and 85 (8.15.42): command sets.
constexpr std::uint16_t kPowerManagement = 0x0008;
constexpr std::uint16_t kPacketSet = 0x0010;
constexpr std::uint16_t kWriteCache = 0x0020;
constexpr std::uint16_t kLookAhead = 0x0040;
constexpr std::uint16_t kDeviceResetSet = 0x0200;
// Word 83 and 86.
constexpr std::uint16_t kAddress48 = 0x0400;
constexpr std::uint16_t kFlushCache = 0x1000;
constexpr std::uint16_t kFlushCacheExt = 0x2000;
// Word 93 (8.15.52): the reset found the device by jumper, and a cable of 80 conductors.
constexpr std::uint16_t kResetResult = 0x2003;

constexpr std::uint16_t kIntegritySignature = 0x00a5;

constexpr std::uint64_t kMostLba28 = 0x0fff'ffff;

class Words {
 public:
  explicit Words(std::span<std::byte> block) : block_(block.first(kIdentifyBytes)) {
    std::ranges::fill(block_, std::byte{});
  }
  void set(std::size_t word, std::uint64_t value, std::size_t words = 1) {
    store_le(block_.subspan(2 * word, 2 * words), value);
  }
  // The first character is in the high byte of the first word (8.15.11).
  void set_text(std::size_t word, std::size_t words, std::string_view text) {
    for (std::size_t i = 0; i < 2 * words; ++i)
      block_[2 * word + (i ^ 1)] = static_cast<std::byte>(i < text.size() ? text[i] : ' ');
  }
  void set_modes(std::uint8_t multiword, std::uint8_t ultra) {
    set(63, kModes0To2 | multiword << 8);
    set(64, kPioModes3And4);
    for (std::size_t word = 65; word <= 68; ++word) set(word, kCycleNanoseconds);
    set(88, kModes0To2 | ultra << 8);
    set(93, kAlwaysOne | kResetResult);
  }
  // 8.15.57: all bytes add up to 0.
  void seal() {
    set(255, kIntegritySignature);
    unsigned sum = 0;
    for (const std::byte byte : block_) sum += std::to_integer<unsigned>(byte);
    block_.back() = static_cast<std::byte>(0u - sum);
  }

 private:
  std::span<std::byte> block_;
};

void set_geometry(Words& words, const DiskFacts& facts) {
  words.set(1, facts.default_geometry.cylinders);
  words.set(3, facts.default_geometry.heads);
  words.set(6, facts.default_geometry.sectors);
  const DiskFacts::Geometry& now = facts.geometry;
  words.set(54, now.cylinders);
  words.set(55, now.heads);
  words.set(56, now.sectors);
  words.set(57, std::uint64_t{now.cylinders} * now.heads * now.sectors, 2);
}

void set_features(Words& words, const DiskFacts& facts) {
  constexpr std::uint16_t kSet83 = kAlwaysOne | kAddress48 | kFlushCache | kFlushCacheExt;
  words.set(82, kPowerManagement | kWriteCache | kLookAhead);
  words.set(83, kSet83);
  words.set(84, kAlwaysOne);
  words.set(85, kPowerManagement | (facts.write_cache ? kWriteCache : 0) |
                    (facts.look_ahead ? kLookAhead : 0));
  words.set(86, kSet83 & ~kAlwaysOne);
  words.set(87, kAlwaysOne);
}

}  // namespace

void identify_disk(const DiskFacts& facts, std::span<std::byte> block) {
  constexpr std::uint16_t kMultipleSignature = 0x8000;
  constexpr std::uint16_t kMultipleValid = 0x0100;
  Words words(block);
  words.set(0, kFixedDisk);
  set_geometry(words, facts);
  words.set_text(10, 10, facts.serial);
  words.set_text(23, 4, kFirmware);
  words.set_text(27, 20, kDiskModel);
  words.set(47, kMultipleSignature | facts.most_multiple);
  words.set(49, kCapabilities);
  words.set(50, kAlwaysOne);
  words.set(53, kValid54 | kValid64 | kValid88);
  if (facts.multiple != 0) words.set(59, kMultipleValid | facts.multiple);
  words.set(60, std::min(facts.sectors, kMostLba28), 2);
  words.set_modes(facts.multiword_mode, facts.ultra_mode);
  words.set(80, kAta4To6);
  set_features(words, facts);
  words.set(100, facts.sectors, 4);
  words.seal();
}

void identify_cd(const CdFacts& facts, std::span<std::byte> block) {
  constexpr std::uint16_t kSet82 = kPowerManagement | kPacketSet | kDeviceResetSet;
  Words words(block);
  words.set(0, kPacketCd);
  words.set_text(10, 10, facts.serial);
  words.set_text(23, 4, kFirmware);
  words.set_text(27, 20, kCdModel);
  words.set(49, kCapabilities);
  words.set(50, kAlwaysOne);
  words.set(53, kValid64 | kValid88);
  words.set_modes(facts.multiword_mode, facts.ultra_mode);
  words.set(80, kAta4To6);
  words.set(82, kSet82);
  words.set(83, kAlwaysOne);
  words.set(84, kAlwaysOne);
  words.set(85, kSet82);
  words.set(87, kAlwaysOne);
  words.seal();
}

}  // namespace minivmm::ide
