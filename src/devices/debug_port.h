#pragma once
// The debug ports that emulators have: Bochs's 0xe9, and 0x402 of SeaBIOS and OVMF.

#include <cstdint>

#include "devices/byte_device.h"
#include "minivmm/char_backend.h"

namespace minivmm {

/// Each byte written goes to the sink. Reading gives 0xe9 at both ports, which is how guests find
/// out that the port exists (Bochs user manual, port_e9_hack; SeaBIOS, debug console).
/// Threads: as IoDevice.
class DebugPort final : public ByteDevice {
 public:
  explicit DebugPort(CharBackend& sink) : sink_(sink) {}

  [[nodiscard]] std::string register_at(std::uint64_t /*offset*/,
                                        Access /*access*/) const override {
    return "text";
  }

 protected:
  [[nodiscard]] std::uint8_t read_register(std::uint64_t /*offset*/) override { return kReadback; }
  void write_register(std::uint64_t /*offset*/, std::uint8_t value) override {
    const std::byte byte{value};
    sink_.send({&byte, 1});
  }

 private:
  static constexpr std::uint8_t kReadback = 0xe9;

  // Wiring.
  CharBackend& sink_;
};

}  // namespace minivmm
