#pragma once
// What a screen shows: between a display device and whoever looks (window, screenshot, test).

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace minivmm {

/// A picture's size in pixels; 0 x 0 while the screen is off.
struct PictureSize {
  unsigned width = 0;
  unsigned height = 0;
  friend bool operator==(const PictureSize&, const PictureSize&) = default;
};

/// Rows [first, end) of a picture.
struct RowRange {
  unsigned first = 0;
  unsigned end = 0;
  friend bool operator==(const RowRange&, const RowRange&) = default;
};

/// Pixels as 0x00RRGGBB in the host's byte order, rows from top to bottom. Refers to memory of
/// whoever draws into it: height * stride pixels.
struct Picture {
  std::span<std::uint32_t> pixels{};
  PictureSize size{};
  std::size_t stride = 0;  ///< In pixels, from one row to the next; at least size.width.
};

/// A screen of characters, as text modes have: UTF-8, a row each, spaces at their ends left out.
struct TextScreen {
  std::vector<std::string> rows{};
  unsigned columns = 0;
};

/// A display device's picture.
///
/// Threads: every function with the device's lock held.
/// Errors: none; a mode that makes no sense is black or garbage, of some size.
class Scanout {
 public:
  virtual ~Scanout() = default;

  /// The size of what is shown now, at most 16384 each way. It changes with the guest's mode.
  [[nodiscard]] virtual PictureSize size() const = 0;

  enum class Redraw { kChangedRows, kEverything };
  /// Brings picture, which is of size() and, for kChangedRows, holds what the last draw() left
  /// there, up to what is shown now. Answers the rows that were touched, ascending, disjoint; after
  /// a change of mode all of them. There is one viewer: a change is told once.
  [[nodiscard]] virtual std::vector<RowRange> draw(const Picture& picture, Redraw redraw) = 0;

  /// The characters shown; nullopt in a graphics mode or while the screen is off.
  [[nodiscard]] virtual std::optional<TextScreen> text() const = 0;

  /// Calls changed once, when the next draw() may have something to do: until then nobody needs to
  /// look. What changed before and was not drawn yet counts: changed is then called at once. Called
  /// from any thread, with or without the device's lock: it may only wake somebody. Replaces an
  /// earlier call's; an empty function calls it off. A cursor or text that blinks is a change only
  /// while it does, and nobody is called for it: see next_change_due().
  virtual void when_changed(std::function<void()> changed) = 0;

  /// When what the last draw() left changes by itself, without when_changed()'s call: a blinking
  /// cursor's next phase, on Clock::monotonic()'s scale. nullopt: never. Who waits for
  /// when_changed() waits no longer than until then.
  [[nodiscard]] virtual std::optional<std::chrono::nanoseconds> next_change_due() const {
    return std::nullopt;
  }
};

}  // namespace minivmm
