#pragma once
// Draws what the registers and the memory show, and knows what changed since.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "devices/vga/change_notice.h"
#include "devices/vga/display_mode.h"
#include "devices/vga/legacy_window.h"
#include "devices/vga/line_pixels.h"
#include "devices/vga/page_set.h"
#include "devices/vga/palette.h"
#include "devices/vga/text_rows.h"
#include "minivmm/clock.h"
#include "minivmm/memory_window.h"
#include "minivmm/scanout.h"

namespace minivmm::vga {

/// Ownership: refers to everything in Wiring. Threads: with the device's lock held.
class Screen final : public Scanout {
 public:
  /// How long a cursor or blinking text is lit, and then dark: 16 frames of 60 Hz.
  static constexpr std::chrono::nanoseconds kBlinkPhase{16'000'000'000 / 60};

  struct Wiring {
    const Registers& registers;
    const Dispi& dispi;
    const ByteOrder& byte_order;
    const LegacyWindow& planes;
    std::span<const std::byte> vram;
    MemoryWindow& framebuffer;
    MemoryWindow& legacy;
    PageSet& written;  ///< Of vram and the text memory behind it; who traps a write adds to it.
    const Clock& clock;
  };

  explicit Screen(const Wiring& wiring) : wiring_(wiring) {}
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;
  /// Takes its calls off the windows.
  ~Screen() override;

  /// Registers or memory may have changed, other than through a window.
  void changed();
  /// The board was reset.
  void reset();

  [[nodiscard]] PictureSize size() const override;
  [[nodiscard]] std::vector<RowRange> draw(const Picture& picture, Redraw redraw) override;
  [[nodiscard]] std::optional<TextScreen> text() const override;
  void when_changed(std::function<void()> changed) override;
  [[nodiscard]] std::optional<std::chrono::nanoseconds> next_change_due() const override;

 private:
  /// What the picture depends on as a whole: another look is another picture.
  struct Look {
    DisplayMode mode{};
    Palette palette{};
    unsigned cursor_first = 0;
    unsigned cursor_last = 0;
    friend bool operator==(const Look&, const Look&) = default;
  };
  /// One draw().
  struct Job {
    const Picture& picture;
    bool everything = false;
    std::vector<RowRange> touched{};
  };

  [[nodiscard]] DisplayMode mode() const;
  [[nodiscard]] Look look(const DisplayMode& mode) const;
  [[nodiscard]] std::int64_t blink_phase() const;
  void take_dirty();
  void draw_kind(const DisplayMode& mode, Job& job);
  void draw_black(Job& job);
  void draw_text(const DisplayMode& mode, Job& job);
  void draw_text_row(const DisplayMode& mode, const TextRow& row, const std::vector<Cell>& cells,
                     const Cursor& cursor, Job& job);
  void draw_graphics(const DisplayMode& mode, Job& job);
  void draw_linear(const DisplayMode& mode, Job& job);
  [[nodiscard]] bool draw_linear_row(const DisplayMode& mode, unsigned y, const Job& job);
  [[nodiscard]] bool planes_written(const DisplayMode& mode, const Line& line) const;
  [[nodiscard]] bool font_written() const;

  // Wiring.
  const Wiring wiring_;
  ChangeNotice notice_;

  // State: what was drawn last, and what happened since.
  struct State {
    bool changed = true;
    std::optional<Look> drawn{};
    std::vector<std::vector<Cell>> cells{};  // Of a text mode's rows.
    std::int64_t phase = 0;
    bool blinks = false;
  } state_;
  PixelValues values_;  // Scratch.
};

}  // namespace minivmm::vga
