#pragma once
// What stands behind a network card: frames without waiting, in batches, in place.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace minivmm {

class NetRings;

using MacAddress = std::array<std::uint8_t, 6>;

/// What goes with each frame: which checksum is still to be computed, and into what a frame that is
/// larger than the wire's is to be cut (virtio 1.2, 5.1.6: struct virtio_net_hdr). num_buffers is
/// the device's; backends leave it alone.
struct NetHeader {
  static constexpr std::uint8_t kNeedsChecksum = 1;  ///< VIRTIO_NET_HDR_F_NEEDS_CSUM.
  static constexpr std::uint8_t kDataValid = 2;      ///< VIRTIO_NET_HDR_F_DATA_VALID.

  static constexpr std::uint8_t kGsoNone = 0;
  static constexpr std::uint8_t kGsoTcp4 = 1;
  static constexpr std::uint8_t kGsoUdp = 3;
  static constexpr std::uint8_t kGsoTcp6 = 4;
  static constexpr std::uint8_t kGsoEcn = 0x80;  ///< Beside one of TCP.

  std::uint8_t flags = 0;
  std::uint8_t gso_type = kGsoNone;
  std::uint16_t hdr_len = 0;   ///< A hint: Ethernet, IP and TCP headers together, in bytes.
  std::uint16_t gso_size = 0;  ///< Of a segment's payload, in bytes.
  std::uint16_t csum_start = 0;
  std::uint16_t csum_offset = 0;
  std::uint16_t num_buffers = 0;
};
static_assert(sizeof(NetHeader) == 12);

/// Work on frames that may be left to the other side, in one direction.
struct NetOffloads {
  bool checksum = false;  ///< NetHeader::kNeedsChecksum; each of the others needs it.
  bool tso4 = false;
  bool tso6 = false;
  bool ecn = false;  ///< TCP with ECN among those segments.
  bool ufo = false;
  friend bool operator==(const NetOffloads&, const NetOffloads&) = default;
};

struct NetInfo {
  unsigned queue_pairs = 1;  ///< How many of the guest's queues it can serve at once.
  std::uint16_t mtu = 0;     ///< In bytes, 68 to 65535; 0: nothing is said of it.
  NetOffloads from_guest{};  ///< What send() takes.
  NetOffloads to_guest{};    ///< What receive() gives if it is let.
};

/// A frame's bytes without its NetHeader: from the destination's address on, without the checksum
/// at the end. Each a piece of guest RAM, which the guest may change at any time.
using FramePieces = std::span<const std::span<std::byte>>;

/// No frame is longer: 64 KiB of IP, Ethernet's header, a VLAN's tag.
inline constexpr std::size_t kMaxFrame = 65535 + 14 + 4;
/// The header alone. A frame shorter than that is none.
inline constexpr std::size_t kMinFrame = 14;

/// A network, as one card sees it. Frames may be lost, as on any network.
///
/// Threads: begin() and watch() from the machine's thread while no other uses it; all else from the
/// one thread that owns the card; wake-up is by the watched fds.
/// Errors: only turn() throws, HostError, when the host has failed for good.
class NetBackend {
 public:
  virtual ~NetBackend() = default;

  [[nodiscard]] virtual const NetInfo& info() const = 0;

  /// A new card, of a machine that starts over: forgets what it watched, frames that wait, offloads
  /// and queue pairs, of which there is one from now on.
  virtual void begin() = 0;
  /// Adds an eventfd that ends a wait each time it is signalled; its count is the backend's alone,
  /// which may reset it or not. pair: of which queues it is the doorbell, if of any.
  virtual void watch(int event_fd, std::optional<unsigned> pair) = 0;

  /// What the driver takes of NetInfo::to_guest.
  virtual void let_receive(const NetOffloads& offloads) = 0;
  /// 1 to NetInfo::queue_pairs; frames for the guest are spread over so many.
  virtual void set_queue_pairs(unsigned pairs) = 0;

  /// Sends a frame of kMinFrame to kMaxFrame bytes, whose header asks for no more than
  /// NetInfo::from_guest and lies within it. False: the host takes none now; turn() ends when it
  /// does. The pieces are read before this returns.
  [[nodiscard]] virtual bool send(unsigned pair, const NetHeader& header, FramePieces frame) = 0;

  /// Puts the next frame into room and answers its size in bytes; 0: none is waiting. Larger than
  /// room: it did not fit, waits for a larger room or for drop(), and what is in room is undefined.
  [[nodiscard]] virtual std::size_t receive(unsigned pair, NetHeader& header, FramePieces room) = 0;
  /// Forgets the frame that did not fit.
  virtual void drop(unsigned pair) = 0;

  /// What ends a wait, beside the watched fds.
  struct Wants {
    bool receive = false;   ///< A frame to receive.
    bool send = false;      ///< The host takes frames again.
    bool doorbells = true;  ///< The pair's watched ones; not, where its rings are NetRings'.
  };
  enum class Wait { kNo, kYes };
  /// Moves frames between the backend and the host. With Wait::kYes blocks until a pair's wants are
  /// met or a watched eventfd was signalled; may return sooner. wants has an entry for each pair.
  virtual void turn(Wait wait, std::span<const Wants> wants) = 0;

  /// Who works on rings in place of send() and receive(); null: nobody can.
  [[nodiscard]] virtual NetRings* rings() { return nullptr; }
};

}  // namespace minivmm
