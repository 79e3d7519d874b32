#pragma once
// virtio-net: feature bits, configuration space and control commands (virtio 1.2, 5.1).

#include <cstddef>
#include <cstdint>

namespace minivmm::virtio {

/// 5.1.3.
inline constexpr std::uint64_t kNetChecksum = 1ull << 0;
inline constexpr std::uint64_t kNetGuestChecksum = 1ull << 1;
inline constexpr std::uint64_t kNetControlGuestOffloads = 1ull << 2;
inline constexpr std::uint64_t kNetMtu = 1ull << 3;
inline constexpr std::uint64_t kNetMac = 1ull << 5;
inline constexpr std::uint64_t kNetGuestTso4 = 1ull << 7;
inline constexpr std::uint64_t kNetGuestTso6 = 1ull << 8;
inline constexpr std::uint64_t kNetGuestEcn = 1ull << 9;
inline constexpr std::uint64_t kNetGuestUfo = 1ull << 10;
inline constexpr std::uint64_t kNetHostTso4 = 1ull << 11;
inline constexpr std::uint64_t kNetHostTso6 = 1ull << 12;
inline constexpr std::uint64_t kNetHostEcn = 1ull << 13;
inline constexpr std::uint64_t kNetHostUfo = 1ull << 14;
inline constexpr std::uint64_t kNetMergeable = 1ull << 15;
inline constexpr std::uint64_t kNetStatus = 1ull << 16;
inline constexpr std::uint64_t kNetControl = 1ull << 17;
inline constexpr std::uint64_t kNetControlRx = 1ull << 18;
inline constexpr std::uint64_t kNetControlVlan = 1ull << 19;
inline constexpr std::uint64_t kNetControlRxExtra = 1ull << 20;
inline constexpr std::uint64_t kNetMultiQueue = 1ull << 22;
inline constexpr std::uint64_t kNetControlMac = 1ull << 23;
inline constexpr std::uint64_t kNetSpeedDuplex = 1ull << 63;

/// 5.1.4: struct virtio_net_config, as far as what we offer reaches.
struct NetConfigSpace {
  std::uint8_t mac[6] = {};
  std::uint16_t status = 0;
  std::uint16_t max_virtqueue_pairs = 0;
  std::uint16_t mtu = 0;
  std::uint32_t speed = 0;  ///< In units of 1 MBit a second.
  std::uint8_t duplex = 0;
  std::uint8_t unused[3] = {};
};
static_assert(offsetof(NetConfigSpace, status) == 6);
static_assert(offsetof(NetConfigSpace, mtu) == 10);
static_assert(offsetof(NetConfigSpace, speed) == 12);
static_assert(offsetof(NetConfigSpace, duplex) == 16);
static_assert(sizeof(NetConfigSpace) == 20);
inline constexpr std::size_t kNetConfigSize = 17;

inline constexpr std::uint16_t kNetLinkUp = 1;     ///< 5.1.4: VIRTIO_NET_S_LINK_UP.
inline constexpr std::uint8_t kNetFullDuplex = 1;  ///< 5.1.4.

/// 5.1.6.5: what a control command begins with.
struct NetCommandHeader {
  std::uint8_t type = 0;  ///< The specification's "class".
  std::uint8_t command = 0;
};
static_assert(sizeof(NetCommandHeader) == 2);

inline constexpr std::uint8_t kNetClassRx = 0;      ///< 5.1.6.5.1.
inline constexpr std::uint8_t kNetRxLastBasic = 1;  ///< PROMISC, ALLMULTI; from here on
inline constexpr std::uint8_t kNetRxLastExtra = 5;  ///< ALLUNI to NOBCAST.
inline constexpr std::uint8_t kNetClassMac = 1;     ///< 5.1.6.5.2.
inline constexpr std::uint8_t kNetMacTableSet = 0;
inline constexpr std::uint8_t kNetMacAddressSet = 1;
inline constexpr std::uint8_t kNetClassVlan = 2;        ///< 5.1.6.5.3.
inline constexpr std::uint8_t kNetVlanDelete = 1;       ///< ADD is 0.
inline constexpr std::uint8_t kNetClassMultiQueue = 4;  ///< 5.1.6.5.5.
inline constexpr std::uint8_t kNetPairsSet = 0;
inline constexpr std::uint8_t kNetClassGuestOffloads = 5;  ///< 5.1.6.5.6.
inline constexpr std::uint8_t kNetGuestOffloadsSet = 0;

/// 5.1.6.5: the byte that answers a command.
inline constexpr std::uint8_t kNetOk = 0;
inline constexpr std::uint8_t kNetError = 1;

inline constexpr std::uint16_t kNetMostVlans = 4096;

}  // namespace minivmm::virtio
