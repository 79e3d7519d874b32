#pragma once
// The VGA's I/O ports: how a guest reads and writes Registers.

#include <cstdint>

#include "devices/vga/registers.h"
#include "minivmm/clock.h"
#include "minivmm/guest_address.h"

namespace minivmm::vga {

/// Ownership: refers to the registers and the clock. Threads: with the device's lock held.
class Ports {
 public:
  Ports(Registers& registers, const Clock& clock) : registers_(registers), clock_(clock) {}

  /// 0x3b0 to 0x3df; a port without a register reads as ones.
  [[nodiscard]] std::uint8_t read(Port port);
  /// Whether a register changed that what is shown or what the memory looks like depends on.
  [[nodiscard]] bool write(Port port, std::uint8_t value);

 private:
  [[nodiscard]] bool decodes(Port port) const;
  [[nodiscard]] std::uint8_t read_crtc_group(unsigned port);
  [[nodiscard]] std::uint8_t read_dac_data();
  [[nodiscard]] std::uint8_t input_status_1() const;
  [[nodiscard]] bool write_crtc_group(unsigned port, std::uint8_t value);
  [[nodiscard]] bool write_attribute(std::uint8_t value);
  [[nodiscard]] bool write_crtc(std::uint8_t value);
  [[nodiscard]] bool write_dac_data(std::uint8_t value);

  // Wiring.
  Registers& registers_;
  const Clock& clock_;
};

}  // namespace minivmm::vga
