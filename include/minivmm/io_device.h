#pragma once
// What answers a guest's accesses to a range of ports or addresses.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <span>

#include "minivmm/device_registers.h"

namespace minivmm {

/// Something on a bus.
///
/// Threads: read and write are called by the bus, from any vCPU's thread, with lock() held; every
/// other public function of a device is called with lock() held too, unless it says otherwise.
/// Errors: none. Whatever a guest does has an answer from the device's specification; an offset
/// that the device does not decode reads as all ones and ignores writes.
class IoDevice : public Inspectable {
 public:
  IoDevice(const IoDevice&) = delete;
  IoDevice& operator=(const IoDevice&) = delete;
  ~IoDevice() override = default;

  /// Fills data (1 to 8 bytes, little-endian) from offset, in bytes from the start of the range.
  virtual void read(std::uint64_t offset, std::span<std::byte> data) = 0;
  /// Takes data (1 to 8 bytes, little-endian) written to offset.
  virtual void write(std::uint64_t offset, std::span<const std::byte> data) = 0;

  [[nodiscard]] std::mutex& lock() const { return *lock_; }

 protected:
  IoDevice() : lock_(&own_lock_) {}
  /// For a device with several ranges (a PCI function's BARs): all of them take the one lock.
  explicit IoDevice(std::mutex& shared_lock) : lock_(&shared_lock) {}

 private:
  mutable std::mutex own_lock_;
  std::mutex* lock_;
};

/// Little-endian bytes to a number; at most 8 bytes are looked at.
[[nodiscard]] inline std::uint64_t load_le(std::span<const std::byte> data) {
  std::uint64_t value = 0;
  std::memcpy(&value, data.data(), data.size() < 8 ? data.size() : 8);
  return value;
}

/// A number to little-endian bytes, truncated to data.size(); bytes beyond the 8th become 0.
inline void store_le(std::span<std::byte> data, std::uint64_t value) {
  for (std::byte& byte : data) {
    byte = static_cast<std::byte>(value & 0xff);
    value >>= 8;
  }
}

/// What a read gives where nothing answers.
inline void fill_ones(std::span<std::byte> data) {
  for (std::byte& byte : data) byte = std::byte{0xff};
}

}  // namespace minivmm
