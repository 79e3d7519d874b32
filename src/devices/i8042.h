#pragma once
// The keyboard controller of a PC/AT: Intel's 8042 with IBM's firmware.
// Source: IBM PS/2 Hardware Interface Technical Reference (1988), Keyboard and Auxiliary Device
// Controller, "the manual" below.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "devices/byte_device.h"
#include "minivmm/irq_line.h"
#include "minivmm/power_control.h"

namespace minivmm {

/// The controller with nothing plugged into its two ports: it answers all of its own commands,
/// resets the machine, and answers what is sent to a keyboard or mouse as it does when nobody takes
/// it: at once, with 0xfe and the time-out bit of the status. So drivers give up without waiting.
///
/// Put twice on the port bus: 0x60 with offset kDataPort, 0x64 with offset kCommandPort, a port
/// each (0x61, between them, is the PIT's). Threads: as IoDevice.
class I8042 final : public ByteDevice {
 public:
  static constexpr std::uint64_t kDataPort = 0;
  static constexpr std::uint64_t kCommandPort = 4;

  /// keyboard is IRQ 1, mouse IRQ 12; all outlive the device.
  I8042(IrqLine& keyboard, IrqLine& mouse, PowerControl& power);

  void reset();

 protected:
  [[nodiscard]] std::uint8_t read_register(std::uint64_t offset) override;
  void write_register(std::uint64_t offset, std::uint8_t value) override;

 private:
  enum class Source { kController, kKeyboardPort, kMousePort };

  void command(std::uint8_t value);
  void data(std::uint8_t value);
  void answer(std::uint8_t value, Source source = Source::kController);
  void answer_nobody(Source source);
  void write_ram(std::uint8_t address, std::uint8_t value);
  void write_output_port(std::uint8_t value);
  [[nodiscard]] std::uint8_t output_port() const;
  [[nodiscard]] std::uint8_t status() const;
  void set_command_byte(std::uint8_t bits, bool on);
  void update_irq();

  static constexpr std::size_t kRamSize = 32;
  // As a BIOS leaves it: translation on, self-test passed, mouse port disabled, IRQ 1 enabled. A
  // kernel that is booted directly has no BIOS that would have done so.
  static constexpr std::uint8_t kInitialCommandByte = 0x65;

  // Wiring.
  IrqLine& keyboard_;
  IrqLine& mouse_;
  PowerControl& power_;

  // State.
  struct State {
    std::array<std::uint8_t, kRamSize> ram{kInitialCommandByte};
    std::uint8_t output = 0;  // What the data port reads.
    bool output_full = false;
    bool output_from_mouse = false;
    bool timed_out = false;
    bool last_was_command = false;
    bool a20 = true;                        // Kept, without an effect.
    std::optional<std::uint8_t> waiting{};  // A command whose data byte comes next.
  } state_;
};

}  // namespace minivmm
