#pragma once
// What a user may say of a network card.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "minivmm/net_backend.h"

namespace minivmm {

enum class NetKind {
  kUser,  ///< A network of the guest's own behind this program, which talks to the host's.
  kTap,   ///< A tap of the host.
};

/// Whether the host's kernel moves a tap's frames itself (vhost-net).
enum class VhostUse {
  kIfThere,
  kYes,  ///< Or not at all.
  kNo,
};

/// A port of the host that leads to one of the guest. kUser only.
struct ForwardConfig {
  bool udp = false;
  std::string host_address = "127.0.0.1";  ///< IPv4; 0.0.0.0: all of the host's.
  std::uint16_t host_port = 0;
  std::uint16_t guest_port = 0;
};

struct NetConfig {
  NetKind kind = NetKind::kUser;
  std::optional<MacAddress> mac{};      ///< Unset: one that stays the same from start to start.
  std::string tap{};                    ///< kTap: the interface's name.
  VhostUse vhost = VhostUse::kIfThere;  ///< kTap.
  // kUser:
  std::vector<ForwardConfig> forwards{};
  bool restricted = false;   ///< The guest reaches neither the host nor what is behind it.
  std::uint16_t mtu = 1500;  ///< In bytes.
};

}  // namespace minivmm
