#pragma once
// ACPI fixed hardware: power button, power-off, the PM timer (ACPI 6.4, 4.8; ICH9
// datasheet 13.8.3).

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "minivmm/acpi_pm_registers.h"
#include "minivmm/clock.h"
#include "minivmm/event_loop.h"
#include "minivmm/io_device.h"
#include "minivmm/irq_line.h"
#include "minivmm/power_control.h"

namespace minivmm {

/// The block of acpi::kPmBlockSize ports at PMBASE. The machine is always in ACPI mode: there is no
/// SMI_CMD port, SCI_EN reads 1.
///
/// SMI_EN reads with APMC_EN set: firmware for this chipset takes it that system management mode is
/// set up already, and leaves alone what this machine doesn't have.
///
/// Threads: as IoDevice; the timer's callback takes lock() itself.
class AcpiPm final : public IoDevice {
 public:
  /// All of them outlive the device. sci is level triggered.
  AcpiPm(IrqLine& sci, PowerControl& power, const Clock& clock, EventLoop& loop);

  /// Presses the power button: a guest that listens (PWRBTN_EN) gets an SCI and shuts down.
  void power_button();
  /// Whether the guest listens to the power button.
  [[nodiscard]] bool power_button_heard() const;

  void reset();

  [[nodiscard]] std::string register_at(std::uint64_t offset, Access access) const override;
  [[nodiscard]] std::vector<RegisterValue> registers() const override;

  void read(std::uint64_t offset, std::span<std::byte> data) override;
  void write(std::uint64_t offset, std::span<const std::byte> data) override;

 private:
  static constexpr std::size_t kGpeBytes = acpi::kGpe0Length / 2;

  // now is in ticks of the PM timer, from ticks().
  [[nodiscard]] std::uint64_t ticks() const;
  [[nodiscard]] std::uint16_t pm1_status(std::uint64_t now) const;
  [[nodiscard]] std::uint8_t read_byte(std::uint64_t offset, std::uint64_t now) const;
  void write_byte(std::uint64_t offset, std::uint8_t value);
  void clear_pm1_status(std::uint16_t bits);
  void write_control_high(std::uint8_t value);
  void arm_timer(std::uint64_t now);
  void update_irq();

  // Wiring.
  IrqLine& sci_;
  PowerControl& power_;
  const Clock& clock_;

  // State.
  struct State {
    std::uint16_t pm1_status = 0;  // Without TMR_STS, which is computed.
    std::uint16_t pm1_enable = 0;
    std::uint16_t pm1_control = 0;  // Without SCI_EN, which is always set.
    std::array<std::uint8_t, kGpeBytes> gpe_status{};
    std::array<std::uint8_t, kGpeBytes> gpe_enable{};
    std::chrono::nanoseconds timer_start{0};  // When the PM timer was 0.
    std::uint64_t carries_seen = 0;           // How many toggles of its top bit were cleared.
  } state_;

  std::unique_ptr<EventLoop::Timer> timer_;  // Last: its callback uses all of the above.
};

}  // namespace minivmm
