#pragma once
// isa-debug-exit, as QEMU has it (QEMU, docs/system/i386: -device isa-debug-exit,iobase=0xf4).

#include <cstdint>

#include "minivmm/io_device.h"
#include "minivmm/power_control.h"

namespace minivmm {

/// A write of any width ends the run with the value written. Reads give 0.
/// Threads: as IoDevice.
class DebugExit final : public IoDevice {
 public:
  static constexpr std::uint64_t kPorts = 4;

  explicit DebugExit(PowerControl& power) : power_(power) {}

  [[nodiscard]] std::string register_at(std::uint64_t /*offset*/,
                                        Access /*access*/) const override {
    return "exit code";
  }

  void read(std::uint64_t /*offset*/, std::span<std::byte> data) override { store_le(data, 0); }
  void write(std::uint64_t /*offset*/, std::span<const std::byte> data) override {
    power_.debug_exit(static_cast<std::uint32_t>(load_le(data)));
  }

 private:
  // Wiring.
  PowerControl& power_;
};

}  // namespace minivmm
