#include "devices/virtio/net_offer.h"

#include <algorithm>

namespace minivmm::virtio {
namespace {

// A number, because some tools want one: nothing here limits a card to it.
constexpr std::uint32_t kSpeed = 10'000;

constexpr std::uint64_t kAllToGuest =
    kNetGuestChecksum | kNetGuestTso4 | kNetGuestTso6 | kNetGuestEcn | kNetGuestUfo;

std::uint64_t feature(bool offered, std::uint64_t bit) {
  return offered ? bit : 0;
}

}  // namespace

std::uint64_t net_features_for(const NetInfo& info, unsigned queue_pairs) {
  const NetOffloads& out = info.from_guest;
  const NetOffloads& in = info.to_guest;
  std::uint64_t features = kNetMac | kNetStatus | kNetMergeable | kNetControl | kNetControlRx |
                           kNetControlRxExtra | kNetControlVlan | kNetControlMac | kNetSpeedDuplex;
  features |= feature(out.checksum, kNetChecksum) | feature(out.tso4, kNetHostTso4) |
              feature(out.tso6, kNetHostTso6) | feature(out.ecn, kNetHostEcn) |
              feature(out.ufo, kNetHostUfo);
  features |= feature(in.checksum, kNetGuestChecksum) | feature(in.tso4, kNetGuestTso4) |
              feature(in.tso6, kNetGuestTso6) | feature(in.ecn, kNetGuestEcn) |
              feature(in.ufo, kNetGuestUfo);
  features |= feature((features & kAllToGuest) != 0, kNetControlGuestOffloads);
  features |= feature(info.mtu != 0, kNetMtu) | feature(queue_pairs > 1, kNetMultiQueue);
  return features;
}

NetConfigSpace net_config_for(const NetInfo& info, const MacAddress& mac, unsigned queue_pairs) {
  NetConfigSpace config;
  std::ranges::copy(mac, config.mac);
  config.status = kNetLinkUp;
  config.max_virtqueue_pairs = static_cast<std::uint16_t>(queue_pairs);
  config.mtu = info.mtu;
  config.speed = kSpeed;
  config.duplex = kNetFullDuplex;
  return config;
}

NetOffloads offloads_from_guest(std::uint64_t features) {
  if ((features & kNetChecksum) == 0) return {};
  return {.checksum = true,
          .tso4 = (features & kNetHostTso4) != 0,
          .tso6 = (features & kNetHostTso6) != 0,
          .ecn = (features & kNetHostEcn) != 0,
          .ufo = (features & kNetHostUfo) != 0};
}

NetOffloads offloads_to_guest(std::uint64_t features) {
  if ((features & kNetGuestChecksum) == 0) return {};
  return {.checksum = true,
          .tso4 = (features & kNetGuestTso4) != 0,
          .tso6 = (features & kNetGuestTso6) != 0,
          .ecn = (features & kNetGuestEcn) != 0,
          .ufo = (features & kNetGuestUfo) != 0};
}

}  // namespace minivmm::virtio
