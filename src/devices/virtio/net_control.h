#pragma once
// The control queue's commands: pure, no I/O (virtio 1.2, 5.1.6.5).

#include <cstdint>
#include <optional>
#include <variant>

#include "devices/virtio/chain.h"
#include "minivmm/net_backend.h"

namespace minivmm::virtio {

/// Filters are the device's best effort (5.1.6.5.1, 5.1.6.5.2), and this one keeps no frame from
/// its driver: on a network of its own, or of a tap, there are few that aren't for the guest.
struct SetFilter {};
struct SetMac {
  MacAddress mac{};
};
struct SetPairs {
  std::uint16_t pairs = 1;
};
struct SetGuestOffloads {
  NetOffloads offloads{};
};
using NetCommand = std::variant<SetFilter, SetMac, SetPairs, SetGuestOffloads>;

struct NetControlRules {
  std::uint64_t features = 0;  ///< What was agreed on.
  unsigned queue_pairs = 1;    ///< The most there can be.
};

/// The command in the readable part of chain; nullopt: to be answered with VIRTIO_NET_ERR.
[[nodiscard]] std::optional<NetCommand> parse_command(const Chain& chain,
                                                      const NetControlRules& rules);

}  // namespace minivmm::virtio
