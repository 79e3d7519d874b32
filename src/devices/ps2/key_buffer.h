#pragma once
// The keyboard's buffer of scan codes that are not sent yet.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "devices/ps2/device.h"

namespace minivmm::ps2 {

/// Keys go in whole or not at all (the manual, "Keyboard Buffer"). With the overrun code it holds
/// 16 bytes: a driver that empties the controller before it begins may give up after so many
/// (Linux's i8042_flush does).
class KeyBuffer {
 public:
  static constexpr std::size_t kSize = 16;

  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] std::span<const std::uint8_t> span() const { return bytes_.span(); }
  /// Some bytes of a key were removed, and others are still here.
  [[nodiscard]] bool is_within_key() const { return within_key_; }
  [[nodiscard]] bool has_room(std::span<const std::uint8_t> key) const {
    return key.size() < bytes_.room();
  }

  /// Where has_room().
  void add(std::span<const std::uint8_t> key) {
    for (const std::uint8_t byte : key) {
      ends_[bytes_.size] = false;
      bytes_.add(byte);
    }
    if (!key.empty()) ends_[bytes_.size - 1] = true;
  }

  /// A key was lost. Told once until the guest has read it.
  void add_overrun(std::uint8_t code) {
    if (overruns_at_ != 0 || bytes_.room() == 0) return;
    ends_[bytes_.size] = true;
    bytes_.add(code);
    overruns_at_ = bytes_.size;
  }

  void remove_first(std::size_t count) {
    if (count == 0 || count > bytes_.size) return;
    within_key_ = !ends_[count - 1];
    for (std::size_t i = count; i < bytes_.size; ++i) ends_[i - count] = ends_[i];
    bytes_.remove_first(count);
    overruns_at_ = overruns_at_ > count ? overruns_at_ - count : 0;
  }

 private:
  Bytes<kSize> bytes_{};
  std::array<bool, kSize> ends_{};  // Whether a byte is the last of its key.
  std::size_t overruns_at_ = 0;     // The overrun code's place, counted from 1; 0: none is here.
  bool within_key_ = false;
};

}  // namespace minivmm::ps2
