#include "devices/virtio/net_control.h"

#include "devices/virtio/net_layout.h"
#include "devices/virtio/net_offer.h"

namespace minivmm::virtio {
namespace {

/// What follows the command's header.
class Body {
 public:
  explicit Body(const Chain& chain) : chain_(chain) {}

  [[nodiscard]] std::uint64_t left() const { return chain_.readable_size() - at_; }
  template <typename T>
  [[nodiscard]] std::optional<T> take() {
    T value{};
    const auto bytes = std::as_writable_bytes(std::span(&value, 1));
    if (gather(chain_.readable(), at_, bytes) != bytes.size()) return std::nullopt;
    at_ += bytes.size();
    return value;
  }
  [[nodiscard]] bool skip(std::uint64_t bytes) {
    if (bytes > left()) return false;
    at_ += bytes;
    return true;
  }

 private:
  const Chain& chain_;
  std::uint64_t at_ = 0;
};

std::optional<NetCommand> when(bool right, const NetCommand& command) {
  return right ? std::optional(command) : std::nullopt;
}

// 5.1.6.5.1: one byte, which is 0 (off) or 1 (on).
std::optional<NetCommand> parse_rx(std::uint8_t command, Body& body, std::uint64_t features) {
  const bool agreed = command <= kNetRxLastBasic
                          ? (features & kNetControlRx) != 0
                          : command <= kNetRxLastExtra && (features & kNetControlRxExtra) != 0;
  const auto on = body.take<std::uint8_t>();
  return when(agreed && on && *on <= 1, SetFilter{});
}

// 5.1.6.5.2: struct virtio_net_ctrl_mac, twice: unicast, then multicast.
bool is_mac_table(Body& body) {
  for (int table = 0; table < 2; ++table) {
    const auto entries = body.take<std::uint32_t>();
    if (!entries || !body.skip(std::uint64_t{*entries} * sizeof(MacAddress))) return false;
  }
  return true;
}

std::optional<NetCommand> parse_mac(std::uint8_t command, Body& body, std::uint64_t features) {
  if (command == kNetMacTableSet)
    return when((features & kNetControlRx) != 0 && is_mac_table(body), SetFilter{});
  if (command != kNetMacAddressSet || (features & kNetControlMac) == 0) return std::nullopt;
  const auto mac = body.take<MacAddress>();
  // An address of a group is no card's own (IEEE 802.3, 3.2.3).
  return mac && ((*mac)[0] & 1) == 0 ? std::optional<NetCommand>(SetMac{*mac}) : std::nullopt;
}

std::optional<NetCommand> parse_vlan(std::uint8_t command, Body& body, std::uint64_t features) {
  const auto vlan = body.take<std::uint16_t>();
  const bool known = command <= kNetVlanDelete && (features & kNetControlVlan) != 0;
  return when(known && vlan && *vlan < kNetMostVlans, SetFilter{});
}

// 5.1.6.5.5.1: from 1 up to max_virtqueue_pairs.
std::optional<NetCommand> parse_pairs(std::uint8_t command, Body& body,
                                      const NetControlRules& rules) {
  if (command != kNetPairsSet || (rules.features & kNetMultiQueue) == 0) return std::nullopt;
  const auto pairs = body.take<std::uint16_t>();
  if (!pairs || *pairs == 0 || *pairs > rules.queue_pairs) return std::nullopt;
  return SetPairs{*pairs};
}

// 5.1.6.5.6.1: the bits are those of the features, and only what was agreed on can be set.
std::optional<NetCommand> parse_offloads(std::uint8_t command, Body& body, std::uint64_t features) {
  if (command != kNetGuestOffloadsSet || (features & kNetControlGuestOffloads) == 0)
    return std::nullopt;
  const auto offloads = body.take<std::uint64_t>();
  constexpr std::uint64_t kSettable =
      kNetGuestChecksum | kNetGuestTso4 | kNetGuestTso6 | kNetGuestEcn | kNetGuestUfo;
  if (!offloads || (*offloads & ~(features & kSettable)) != 0) return std::nullopt;
  return SetGuestOffloads{offloads_to_guest(*offloads)};
}

}  // namespace

std::optional<NetCommand> parse_command(const Chain& chain, const NetControlRules& rules) {
  Body body(chain);
  const auto header = body.take<NetCommandHeader>();
  if (!header) return std::nullopt;
  switch (header->type) {
    case kNetClassRx:
      return parse_rx(header->command, body, rules.features);
    case kNetClassMac:
      return parse_mac(header->command, body, rules.features);
    case kNetClassVlan:
      return parse_vlan(header->command, body, rules.features);
    case kNetClassMultiQueue:
      return parse_pairs(header->command, body, rules);
    case kNetClassGuestOffloads:
      return parse_offloads(header->command, body, rules.features);
    default:
      return std::nullopt;
  }
}

}  // namespace minivmm::virtio
