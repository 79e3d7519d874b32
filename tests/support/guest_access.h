#pragma once
// A guest's IN, OUT and MOV, in the words of a test.

#include <cstdint>

#include "bus/bus.h"
#include "minivmm/io_device.h"

namespace minivmm::test {

template <typename T>
T load(Bus& bus, std::uint64_t address) {
  std::byte bytes[sizeof(T)];
  bus.read(address, bytes);
  return static_cast<T>(load_le(bytes));
}

template <typename T>
void store(Bus& bus, std::uint64_t address, T value) {
  std::byte bytes[sizeof(T)];
  store_le(bytes, value);
  bus.write(address, bytes);
}

/// IN and OUT of one byte, straight to a device.
inline std::uint8_t in(IoDevice& device, std::uint64_t offset) {
  const std::lock_guard guard(device.lock());
  std::byte byte{};
  device.read(offset, {&byte, 1});
  return std::to_integer<std::uint8_t>(byte);
}

inline void out(IoDevice& device, std::uint64_t offset, std::uint8_t value) {
  const std::lock_guard guard(device.lock());
  const std::byte byte{value};
  device.write(offset, {&byte, 1});
}

}  // namespace minivmm::test
