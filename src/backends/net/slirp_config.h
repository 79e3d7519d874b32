#pragma once
// The network that libslirp is to make.

#include <slirp/libslirp.h>

#include "minivmm/net_config.h"

namespace minivmm::net {

/// With the addresses that UserNetwork names.
[[nodiscard]] SlirpConfig slirp_config(const NetConfig& config);

}  // namespace minivmm::net
