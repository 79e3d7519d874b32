#pragma once
// What a CD-ROM drive answers to packets that ask about it and its medium: pure functions.
// Source: INCITS MMC-3 (T10/1363-D), SPC-2 (T10/1236-D), and SFF-8020i 2.6 for the older forms.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace minivmm::ide::mmc {

inline constexpr std::size_t kPacketBytes = 12;
using Packet = std::array<std::uint8_t, kPacketBytes>;
using Bytes = std::vector<std::uint8_t>;

inline constexpr std::uint32_t kBlock = 2048;

/// Operation codes.
inline constexpr std::uint8_t kTestUnitReady = 0x00;
inline constexpr std::uint8_t kRequestSense = 0x03;
inline constexpr std::uint8_t kInquiry = 0x12;
inline constexpr std::uint8_t kModeSense6 = 0x1a;
inline constexpr std::uint8_t kStartStopUnit = 0x1b;
inline constexpr std::uint8_t kPreventAllow = 0x1e;
inline constexpr std::uint8_t kReadCapacity = 0x25;
inline constexpr std::uint8_t kRead10 = 0x28;
inline constexpr std::uint8_t kSeek10 = 0x2b;
inline constexpr std::uint8_t kSynchronizeCache = 0x35;
inline constexpr std::uint8_t kReadToc = 0x43;
inline constexpr std::uint8_t kGetConfiguration = 0x46;
inline constexpr std::uint8_t kGetEventStatus = 0x4a;
inline constexpr std::uint8_t kReadDiscInformation = 0x51;
inline constexpr std::uint8_t kReadTrackInformation = 0x52;
inline constexpr std::uint8_t kModeSense10 = 0x5a;
inline constexpr std::uint8_t kRead12 = 0xa8;
inline constexpr std::uint8_t kReadDvdStructure = 0xad;
inline constexpr std::uint8_t kSetCdSpeed = 0xbb;
inline constexpr std::uint8_t kMechanismStatus = 0xbd;
inline constexpr std::uint8_t kReadCd = 0xbe;

/// A sense key with its additional sense code and qualifier (MMC-3, annex A).
struct Sense {
  std::uint8_t key = 0;
  std::uint8_t code = 0;
  std::uint8_t qualifier = 0;
  friend bool operator==(const Sense&, const Sense&) = default;
};
inline constexpr Sense kNoSense{};
inline constexpr Sense kNoMediumTrayClosed{0x02, 0x3a, 0x01};
inline constexpr Sense kNoMediumTrayOpen{0x02, 0x3a, 0x02};
inline constexpr Sense kUnrecoveredRead{0x03, 0x11, 0x00};
inline constexpr Sense kInvalidOpcode{0x05, 0x20, 0x00};
inline constexpr Sense kOutOfRange{0x05, 0x21, 0x00};
inline constexpr Sense kInvalidField{0x05, 0x24, 0x00};
inline constexpr Sense kNoSavedPages{0x05, 0x39, 0x00};
inline constexpr Sense kRemovalPrevented{0x05, 0x53, 0x02};
inline constexpr Sense kIllegalModeForTrack{0x05, 0x64, 0x00};
inline constexpr Sense kMediumChanged{0x06, 0x28, 0x00};
inline constexpr Sense kPowerOn{0x06, 0x29, 0x00};

/// GET EVENT STATUS NOTIFICATION's media events (MMC-3, table 124).
enum class MediaEvent : std::uint8_t { kNone = 0, kEjectRequest = 1, kNewMedia = 2, kRemoval = 3 };

/// The drive at this moment.
struct DriveFacts {
  std::optional<std::uint32_t> blocks{};  ///< Of the medium; nothing: none can be read.
  bool tray_open = false;
  bool removal_prevented = false;
};

[[nodiscard]] std::uint32_t load_be16(const Packet& packet, std::size_t offset);
[[nodiscard]] std::uint32_t load_be32(const Packet& packet, std::size_t offset);

/// An answer, at most as long as the packet allows; or why there is none.
struct Answer {
  Bytes bytes{};
  Sense refused{};
  [[nodiscard]] bool ok() const { return refused == kNoSense; }
};

[[nodiscard]] Answer request_sense(const Packet& packet, const Sense& sense);
[[nodiscard]] Answer inquiry(const Packet& packet);
[[nodiscard]] Answer mode_sense(const Packet& packet, const DriveFacts& facts);
[[nodiscard]] Answer get_configuration(const Packet& packet, const DriveFacts& facts);
[[nodiscard]] Answer get_event_status(const Packet& packet, const DriveFacts& facts,
                                      MediaEvent event);
[[nodiscard]] Answer mechanism_status(const Packet& packet, const DriveFacts& facts);

/// With a medium of so many blocks.
[[nodiscard]] Answer read_capacity(std::uint32_t blocks);
[[nodiscard]] Answer read_toc(const Packet& packet, std::uint32_t blocks);
[[nodiscard]] Answer read_disc_information(const Packet& packet);
[[nodiscard]] Answer read_track_information(const Packet& packet, std::uint32_t blocks);
[[nodiscard]] Answer read_dvd_structure(const Packet& packet, std::uint32_t blocks);

/// Whether a disc of this size can't be a CD.
[[nodiscard]] bool is_dvd(std::uint32_t blocks);

}  // namespace minivmm::ide::mmc
