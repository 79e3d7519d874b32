#pragma once
// What users write for network cards. Throws ConfigError as parse.h's functions do.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "minivmm/net_config.h"

namespace minivmm::cli {

/// "user[,forward=[udp:][ADDRESS:]PORT:GUESTPORT]...[,restrict=on][,mtu=BYTES][,mac=MAC]",
/// "tap=NAME[,mac=MAC]".
[[nodiscard]] NetConfig parse_net(std::string_view text);

/// Each as parse_net() has it, or the only one is "none". Nothing was said: unset.
[[nodiscard]] std::optional<std::vector<NetConfig>> parse_nets(
    const std::vector<std::string>& words);

}  // namespace minivmm::cli
