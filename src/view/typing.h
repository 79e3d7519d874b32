#pragma once
// Text as the keys that a person would press for it on a US keyboard.

#include <string_view>
#include <vector>

#include "backends/display/view_protocol.h"

namespace minivmm::view {

/// Keys down and up, in order. What a US keyboard has no key for is left out; a line's end, LF or
/// CR LF, is Enter.
[[nodiscard]] std::vector<Key> keys_for(std::string_view text);

}  // namespace minivmm::view
