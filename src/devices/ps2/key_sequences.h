#pragma once
// The bytes that a keyboard sends when a key goes down, stays down and goes up.

#include <array>
#include <cstddef>
#include <cstdint>

#include "devices/ps2/device.h"
#include "devices/ps2/scan_codes.h"
#include "minivmm/input.h"

namespace minivmm::ps2 {

/// The longest is Pause in set 2.
using KeySequence = Bytes<8>;

/// Print Screen sends a Shift around it, or none if Shift or Ctrl is held; with Alt it is another
/// key, Sys Req.
enum class PrintScreenForm : std::uint8_t { kWithShift, kBare, kSysReq };

/// What else is held when a key goes down.
struct Modifiers {
  bool shift = false;
  bool control = false;
  bool alt = false;
};
[[nodiscard]] PrintScreenForm print_screen_form(Modifiers modifiers);

/// Empty for a key that the set doesn't know. Pause sends its release at once, so that
/// release_sequence is empty for it.
[[nodiscard]] KeySequence press_sequence(KeyCode key, ScanCodeSet set, Modifiers modifiers);
[[nodiscard]] KeySequence repeat_sequence(KeyCode key, ScanCodeSet set, PrintScreenForm form);
[[nodiscard]] KeySequence release_sequence(KeyCode key, ScanCodeSet set, PrintScreenForm form);

/// What a key of set 3 sends beside its make code.
enum class KeyType : std::uint8_t { kTypematicMakeBreak, kTypematic, kMakeBreak, kMake };
[[nodiscard]] constexpr bool repeats(KeyType type) {
  return type == KeyType::kTypematicMakeBreak || type == KeyType::kTypematic;
}
[[nodiscard]] constexpr bool tells_release(KeyType type) {
  return type == KeyType::kTypematicMakeBreak || type == KeyType::kMakeBreak;
}

inline constexpr std::size_t kSet3Codes = 256;
/// By scan code of set 3, as after power-on.
using KeyTypes = std::array<KeyType, kSet3Codes>;
[[nodiscard]] const KeyTypes& default_key_types();

}  // namespace minivmm::ps2
