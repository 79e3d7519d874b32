#pragma once
// The common shape of the PC's old chips: registers of one byte each.

#include <cstdint>
#include <mutex>

#include "minivmm/io_device.h"

namespace minivmm {

/// Turns every access into accesses of one byte at consecutive offsets, lowest first, as the LPC
/// host does with wider ones (LPC 1.1, 5.2).
class ByteDevice : public IoDevice {
 public:
  void read(std::uint64_t offset, std::span<std::byte> data) final {
    for (std::byte& byte : data) byte = std::byte{read_register(offset++)};
  }
  void write(std::uint64_t offset, std::span<const std::byte> data) final {
    for (const std::byte byte : data) {
      write_register(offset++, std::to_integer<std::uint8_t>(byte));
    }
  }

 protected:
  ByteDevice() = default;
  explicit ByteDevice(std::mutex& shared_lock) : IoDevice(shared_lock) {}

  static constexpr std::uint8_t kNobody = 0xff;  ///< What an offset without a register reads.

  [[nodiscard]] virtual std::uint8_t read_register(std::uint64_t offset) = 0;
  virtual void write_register(std::uint64_t offset, std::uint8_t value) = 0;
};

}  // namespace minivmm
