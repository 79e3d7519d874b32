#include "view/typing.h"

#include <linux/input-event-codes.h>

#include <array>
#include <cstdint>
#include <optional>

namespace minivmm::view {
namespace {

struct Stroke {
  std::uint16_t key = 0;
  bool shifted = false;
};

// A row of a US keyboard: its first key, whose neighbours have the numbers that follow, and what
// is printed on them, below and above.
struct Row {
  std::uint16_t first;
  std::string_view plain;
  std::string_view shifted;
};
constexpr std::array<Row, 6> kRows{{{KEY_1, "1234567890-=", "!@#$%^&*()_+"},
                                    {KEY_Q, "qwertyuiop[]", "QWERTYUIOP{}"},
                                    {KEY_A, "asdfghjkl;'`", "ASDFGHJKL:\"~"},
                                    {KEY_BACKSLASH, "\\zxcvbnm,./", "|ZXCVBNM<>?"},
                                    {KEY_SPACE, " ", " "},
                                    {KEY_TAB, "\t", "\t"}}};

std::optional<Stroke> stroke_for(char c) {
  if (c == '\n') return Stroke{KEY_ENTER, false};
  for (const Row& row : kRows) {
    if (const std::size_t at = row.plain.find(c); at != std::string_view::npos)
      return Stroke{static_cast<std::uint16_t>(row.first + at), false};
    if (const std::size_t at = row.shifted.find(c); at != std::string_view::npos)
      return Stroke{static_cast<std::uint16_t>(row.first + at), true};
  }
  return std::nullopt;
}

}  // namespace

std::vector<Key> keys_for(std::string_view text) {
  std::vector<Key> keys;
  for (const char c : text) {
    const auto stroke = stroke_for(c);
    if (!stroke) continue;
    if (stroke->shifted) keys.push_back({KEY_LEFTSHIFT, 1});
    keys.push_back({stroke->key, 1});
    keys.push_back({stroke->key, 0});
    if (stroke->shifted) keys.push_back({KEY_LEFTSHIFT, 0});
  }
  return keys;
}

}  // namespace minivmm::view
