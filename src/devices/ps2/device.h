#pragma once
// What is plugged into a port of the keyboard controller: a keyboard or a mouse, byte by byte.
// Source: IBM PS/2 Hardware Interface Technical Reference (1988), Keyboard and Auxiliary Device
// Controller, "the manual" in this folder.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>

namespace minivmm::ps2 {

/// A device at the end of a PS/2 cable. A byte stays with the device until the guest has read it
/// from the controller, so that a controller that is busy loses nothing.
///
/// Threads: every function with the controller's lock held.
class Device {
 public:
  Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  virtual ~Device() = default;

  /// What it would send now, first byte first; empty: nothing. Valid until the next call.
  [[nodiscard]] virtual std::span<const std::uint8_t> waiting() = 0;
  /// The guest has taken the first count bytes of waiting().
  virtual void sent(std::size_t count) = 0;
  /// The guest sends a byte: a command, or what belongs to the one before.
  virtual void receive(std::uint8_t value) = 0;
};

/// A few bytes in the order in which they are sent. What does not fit is dropped.
template <std::size_t kSize>
struct Bytes {
  std::array<std::uint8_t, kSize> data{};
  std::size_t size = 0;

  [[nodiscard]] bool empty() const { return size == 0; }
  [[nodiscard]] std::size_t room() const { return kSize - size; }
  [[nodiscard]] std::span<const std::uint8_t> span() const { return {data.data(), size}; }

  void add(std::uint8_t value) {
    if (size < kSize) data[size++] = value;
  }
  void set(std::initializer_list<std::uint8_t> values) {
    size = 0;
    for (const std::uint8_t value : values) add(value);
  }
  void remove_first(std::size_t count) {
    count = std::min(count, size);
    std::copy(data.begin() + static_cast<std::ptrdiff_t>(count),
              data.begin() + static_cast<std::ptrdiff_t>(size), data.begin());
    size -= count;
  }
  void clear() { size = 0; }
};

}  // namespace minivmm::ps2
