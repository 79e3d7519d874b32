#pragma once
// Opening a tap, and the words for what is wrong with one.

#include <cstdint>
#include <string>

#include "host/unique_fd.h"

namespace minivmm::net {

enum class TapQueues { kOne, kSeveral };

/// One more queue of the tap, which must exist. Throws ConfigError or HostError.
[[nodiscard]] UniqueFd open_tap(const std::string& name, TapQueues queues);
/// Whether it was made with multi_queue; throws as open_tap().
[[nodiscard]] TapQueues tap_queues(const std::string& name);

struct TapState {
  bool up = false;
  std::uint16_t mtu = 0;  ///< In bytes; 0: no number that a card could tell.
};
[[nodiscard]] TapState tap_state(const std::string& name);

}  // namespace minivmm::net
