#pragma once
// Which scan codes a key has.

#include <cstddef>
#include <cstdint>

#include "minivmm/input.h"

namespace minivmm::ps2 {

inline constexpr std::size_t kKeyCodes = 256;  ///< All keys with scan codes have a KeyCode below.

enum class ScanCodeSet : std::uint8_t { k1 = 1, k2 = 2, k3 = 3 };

/// A key's make code: one byte, or 0xe0 and a byte as 0xe0xx; 0: the set doesn't know the key.
using MakeCode = std::uint16_t;

/// Print Screen's are those with Shift or Ctrl held, Pause's those with Ctrl held.
[[nodiscard]] MakeCode make_code(KeyCode key, ScanCodeSet set);

/// What the keyboard controller turns a byte of set 2 into, so that a guest sees set 1. (0xf0 and
/// the byte after it become that byte's translation with bit 7 set.)
[[nodiscard]] std::uint8_t translate(std::uint8_t set2);

}  // namespace minivmm::ps2
