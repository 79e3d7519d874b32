#pragma once
// Bochs's display interface: modes beyond the VGA's (Bochs, vbe_display_api.txt).

#include <cstdint>
#include <optional>

namespace minivmm::vga {

/// The mode that dispi sets, checked: all of it lies inside the video memory.
struct DispiMode {
  unsigned width = 0;
  unsigned height = 0;
  unsigned bits = 0;                ///< A pixel's: 4 (planar), 8, 15, 16, 24 or 32.
  std::uint64_t bytes_per_row = 0;  ///< For 4 bits: of one plane.
  std::uint64_t start = 0;          ///< In bytes (4 bits: of one plane) from the memory's start.
  unsigned first_pixel = 0;         ///< 4 bits: to skip in the first byte.
};

/// The registers. Nonsense is brought within bounds as it is written, as QEMU does, so that what a
/// guest reads back is what it gets.
/// Threads: with the device's lock held.
class Dispi {
 public:
  static constexpr unsigned kMaxWidth = 16000;
  static constexpr unsigned kMaxHeight = 12000;

  enum Index : unsigned {
    kId,
    kXres,
    kYres,
    kBpp,
    kEnable,
    kBank,
    kVirtualWidth,
    kVirtualHeight,
    kXOffset,
    kYOffset,
    kVideoMemory64K,
    kIndices
  };

  static constexpr std::uint16_t kEnabled = 0x01;
  static constexpr std::uint16_t kGetCapabilities = 0x02;
  static constexpr std::uint16_t kDac8Bit = 0x20;
  static constexpr std::uint16_t kLinear = 0x40;
  static constexpr std::uint16_t kNoClearMemory = 0x80;

  /// vram: the video memory's size in bytes.
  explicit Dispi(std::uint64_t vram) : vram_(vram) {}

  /// An index that doesn't exist reads as 0.
  [[nodiscard]] std::uint16_t read(unsigned index) const;

  enum class Effect { kNone, kChanged, kChangedAndCleared };
  /// kChangedAndCleared: a mode was set, and its picture's memory is to become zeroes.
  [[nodiscard]] Effect write(unsigned index, std::uint16_t value);

  /// nullopt: the VGA's own registers say what is shown.
  [[nodiscard]] std::optional<DispiMode> mode() const;
  /// The 64 KiB of memory (4 bits: of a plane) that the window at 0xa0000 shows.
  [[nodiscard]] std::uint64_t bank_start() const { return std::uint64_t{state_.bank} << 16; }
  [[nodiscard]] bool dac_8_bit() const { return (state_.enable & kDac8Bit) != 0; }

  void reset() { state_ = {}; }

 private:
  [[nodiscard]] std::uint64_t bytes_for(std::uint64_t pixels) const;
  [[nodiscard]] std::uint64_t memory() const;
  [[nodiscard]] Effect write_enable(std::uint16_t value);
  void keep_in_bounds();

  // Configuration.
  const std::uint64_t vram_;

  // State.
  struct State {
    std::uint16_t id = 0xb0c5;
    std::uint16_t xres = 0;
    std::uint16_t yres = 0;
    std::uint16_t bits = 8;
    std::uint16_t enable = 0;
    std::uint16_t bank = 0;
    std::uint16_t virtual_width = 0;
    std::uint16_t x_offset = 0;
    std::uint16_t y_offset = 0;
  } state_;
};

}  // namespace minivmm::vga
