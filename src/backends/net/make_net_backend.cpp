#include "backends/net/make_net_backend.h"

#include <utility>

#include "backends/net/recorded_network.h"
#include "backends/net/tap_network.h"
#include "backends/net/user_network.h"
#include "minivmm/error.h"

namespace minivmm::net {

std::unique_ptr<NetBackend> make_net_backend(const NetConfig& config, unsigned queue_pairs,
                                             const std::shared_ptr<CaptureFile>& capture) {
  std::unique_ptr<NetBackend> network;
  if (config.kind == NetKind::kTap) {
    NetConfig tap = config;
    if (capture != nullptr) {
      if (tap.vhost == VhostUse::kYes)
        throw ConfigError("--pcap records what passes through minivmm: leave out vhost=on");
      tap.vhost = VhostUse::kNo;
    }
    network = std::make_unique<TapNetwork>(tap, queue_pairs);
  } else {
    network = std::make_unique<UserNetwork>(config);
  }
  if (capture == nullptr) return network;
  return std::make_unique<RecordedNetwork>(std::move(network), capture);
}

}  // namespace minivmm::net
