#pragma once
// A frame's header against what driver and device agreed on: pure, no I/O (virtio 1.2, 5.1.6).

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "devices/virtio/chain.h"
#include "minivmm/net_backend.h"

namespace minivmm::virtio {

/// What was agreed on.
struct NetRules {
  NetOffloads from_guest{};
  NetOffloads to_guest{};
  bool mergeable = false;  ///< A frame to the guest may take several buffers.
};

/// What a driver gave to send.
struct OutgoingFrame {
  enum class Action {
    kSend,
    kDrop,   ///< No frame that any network carries; the driver gets its buffer back.
    kBroken  ///< The driver broke a rule: problem says which.
  };
  Action action = Action::kBroken;
  NetHeader header{};
  std::string_view problem{};
};

/// Judges what chain holds by rules. pieces, whose contents are replaced, become the frame's.
[[nodiscard]] OutgoingFrame parse_outgoing(const Chain& chain, const NetRules& rules,
                                           std::vector<Segment>& pieces);

/// Whether the driver can do with a frame what its header asks for (5.1.6.4.1).
[[nodiscard]] bool may_receive(const NetHeader& header, const NetOffloads& allowed);

}  // namespace minivmm::virtio
