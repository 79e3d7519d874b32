#pragma once
// The two reset ports of an ICH9 (datasheet 316972, 13.7.2 and 13.7.5).

#include <cstdint>

#include "devices/byte_device.h"
#include "minivmm/power_control.h"

namespace minivmm {

/// RST_CNT at port 0xcf9. It lies inside PCI's CONFIG_ADDRESS, so ConfigPorts hands accesses on.
/// Threads: as IoDevice.
class ResetControl final : public ByteDevice {
 public:
  explicit ResetControl(PowerControl& power) : power_(power) {}

  void reset() { state_ = {}; }

  [[nodiscard]] std::string register_at(std::uint64_t offset, Access /*access*/) const override {
    return offset == 0 ? "RST_CNT" : "";
  }
  [[nodiscard]] std::vector<RegisterValue> registers() const override {
    return {{.name = "RST_CNT", .value = state_.rst_cnt}};
  }

 protected:
  [[nodiscard]] std::uint8_t read_register(std::uint64_t offset) override;
  void write_register(std::uint64_t offset, std::uint8_t value) override;

 private:
  // Wiring.
  PowerControl& power_;

  // State.
  struct State {
    std::uint8_t rst_cnt = 0;
  } state_;
};

/// PORT92 at port 0x92: fast INIT, which resets this machine, and the A20 gate, which is kept but
/// has no effect: A20 is never masked. Threads: as IoDevice.
class Port92 final : public ByteDevice {
 public:
  explicit Port92(PowerControl& power) : power_(power) {}

  void reset() { state_ = {}; }

  [[nodiscard]] std::string register_at(std::uint64_t offset, Access /*access*/) const override {
    return offset == 0 ? "PORT92" : "";
  }
  [[nodiscard]] std::vector<RegisterValue> registers() const override {
    return {{.name = "PORT92", .value = state_.port92}};
  }

 protected:
  [[nodiscard]] std::uint8_t read_register(std::uint64_t offset) override;
  void write_register(std::uint64_t offset, std::uint8_t value) override;

 private:
  // Wiring.
  PowerControl& power_;

  // State.
  struct State {
    std::uint8_t port92 = 0;
  } state_;
};

}  // namespace minivmm
