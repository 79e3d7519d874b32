#pragma once
// What a machine and its viewer say to each other: one message a datagram of a SOCK_SEQPACKET
// socket, between processes of one user on one host (so numbers are in the host's byte order).
//
//   viewer                         machine
//   Hello            ----------->
//                    <-----------  Welcome, and a Drive where there is one
//                    <-----------  Update, the first with a frame's descriptor
//   Seen             ----------->
//   Key, Motion, ... ----------->
//   AskSample        ----------->
//                    <-----------  LiveSample, at the end of the second that runs
//   InsertCd         ----------->
//                    <-----------  Drive, when the image is open, or turned out to be none
//                    <-----------  Bye, and the socket closes
//
// At most one Update is on its way: the next comes after Seen, and holds all that changed
// meanwhile. So a viewer that hangs misses pictures and costs nothing, and no message ever waits
// for room in the socket. The pixels themselves are in the frame: a sealed memfd, mapped read-only.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "minivmm/live_sample.h"
#include "minivmm/scanout.h"

namespace minivmm::view {

/// "MVV3"; another version of this file, or of LiveSample, has another number.
inline constexpr std::uint32_t kMagic = 0x3356'564d;

// --- From the viewer -----------------------------------------------------------------------------

/// The first message; nothing else is heard before it.
struct Hello {
  std::uint32_t magic = kMagic;
};
/// The Update of that number has been copied out of the frame.
struct Seen {
  std::uint32_t serial = 0;
};
/// As InputSink::key().
struct Key {
  std::uint32_t code = 0;  ///< Up to kLastKey.
  std::uint32_t down = 0;  ///< 0 or 1.
};
struct Motion {
  std::int32_t dx = 0;  ///< Up to kFarthest, either way.
  std::int32_t dy = 0;
};
struct Position {
  std::uint32_t x = 0;  ///< Up to PointerPosition::kEnd.
  std::uint32_t y = 0;
};
struct Button {
  std::uint32_t button = 0;  ///< As PointerButton.
  std::uint32_t down = 0;    ///< 0 or 1.
};
struct Wheel {
  std::int32_t vertical = 0;  ///< Up to kFarthest, either way.
  std::int32_t horizontal = 0;
};
struct ReleaseAll {
  std::uint32_t reserved = 0;  ///< 0.
};

enum class Wish : std::uint32_t { kPowerButton, kReset, kStopNow, kPause, kResume, kEjectCd };
inline constexpr std::uint32_t kWishes = 6;
struct Command {
  Wish wish = Wish::kPowerButton;
};

/// One LiveSample is wanted. A viewer that shows them asks for each, so that one that hangs, or
/// shows them no more, is told nothing, and the machine counts no longer.
struct AskSample {
  std::uint32_t reserved = 0;  ///< 0.
};

/// A name of a file or a folder, as the host has it: no UTF-8 perhaps; zeros after its end, of
/// which there is at least one.
using PathText = std::array<char, 4096>;  // linux/limits.h, PATH_MAX.
/// nullopt: it is too long.
[[nodiscard]] std::optional<PathText> path_text(std::string_view path);

/// The disc of this image shall be in the drive. Any file that the viewer's user names: the machine
/// is a process of the same user.
struct InsertCd {
  PathText path{};  ///< Absolute.
};

inline constexpr std::uint32_t kLastKey = 0x2ff;  // linux/input-event-codes.h, KEY_MAX.
inline constexpr std::int32_t kFarthest = 16384;

using FromViewer = std::variant<Hello, Seen, Key, Motion, Position, Button, Wheel, ReleaseAll,
                                Command, AskSample, InsertCd>;

// --- From the machine ----------------------------------------------------------------------------

struct Welcome {
  std::uint32_t magic = kMagic;
  std::uint32_t pid = 0;              ///< The machine's process.
  std::array<char, 64> guest_name{};  ///< UTF-8; ends with a zero.
};

/// Bits of Update::state.
enum StateBit : std::uint32_t {
  kScrollLock = 1u << 0,
  kNumLock = 1u << 1,
  kCapsLock = 1u << 2,
  kTakesPositions = 1u << 3,
  kPaused = 1u << 4,
  kHasCd = 1u << 5,  ///< There is a CD-ROM drive.
};
inline constexpr std::uint32_t kStateBits = 0x3f;
inline constexpr std::uint32_t kMostRanges = 16;

struct Update {
  std::uint32_t serial = 0;
  std::uint32_t new_frame = 0;  ///< 1: what came before is over; a descriptor comes along, unless
                                ///< the screen is off.
  std::uint32_t state = 0;
  std::uint32_t width = 0;  ///< In pixels; 0 while the screen is off.
  std::uint32_t height = 0;
  std::uint32_t stride = 0;       ///< In pixels.
  std::uint32_t range_count = 0;  ///< Rows that changed: ascending, disjoint.
  std::array<RowRange, kMostRanges> ranges{};
};

/// The CD-ROM drive: told at the beginning, and in answer to InsertCd.
struct Drive {
  std::uint32_t answers = 0;      ///< 1: this is an InsertCd's answer.
  PathText disc{};                ///< That is in it or was the last; absolute; empty: none was.
  PathText folder{};              ///< That the machine was started in; absolute, or empty.
  std::array<char, 508> error{};  ///< Why the image was not taken; UTF-8; ends with a zero.
};

enum class Parting : std::uint32_t { kEnded, kReplaced };
struct Bye {
  Parting why = Parting::kEnded;
};

using FromMachine = std::variant<Welcome, Update, Bye, LiveSample, Drive>;

// --- Bytes ---------------------------------------------------------------------------------------

inline constexpr std::size_t kLongestMessage =
    sizeof(std::uint32_t) + std::max({sizeof(LiveSample), sizeof(Drive), sizeof(InsertCd)});

/// A message as it goes over the socket: its kind, then the structure.
class Packet {
 public:
  template <typename Message>
  explicit Packet(const Message& message);
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

/// nullopt: no such message, or a value out of its range. What is answered is safe to use.
[[nodiscard]] std::optional<FromViewer> parse_from_viewer(std::span<const std::byte> bytes);
[[nodiscard]] std::optional<FromMachine> parse_from_machine(std::span<const std::byte> bytes);

/// At most kMostRanges ranges that cover all of these: those too many become one.
[[nodiscard]] std::vector<RowRange> few_ranges(std::vector<RowRange> ranges);

}  // namespace minivmm::view
