#pragma once
// The keyboard controller of a PC/AT: Intel's 8042 with IBM's firmware.
// Source: IBM PS/2 Hardware Interface Technical Reference (1988), Keyboard and Auxiliary Device
// Controller, "the manual" below.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "devices/byte_device.h"
#include "devices/ps2/keyboard.h"
#include "devices/ps2/mouse.h"
#include "minivmm/clock.h"
#include "minivmm/event_loop.h"
#include "minivmm/irq_line.h"
#include "minivmm/power_control.h"

namespace minivmm {

/// The controller, a keyboard and a mouse.
///
/// A device's byte is in the output buffer until the guest reads it, and with the device as well:
/// an answer of the controller, which a driver waits for, takes its place, and the byte comes again
/// afterwards. A driver that talks to the controller while somebody types so loses neither.
///
/// Put twice on the port bus: 0x60 with offset kDataPort, 0x64 with offset kCommandPort, a port
/// each (0x61, between them, is the PIT's). Threads: as IoDevice.
class I8042 final : public ByteDevice {
 public:
  static constexpr std::uint64_t kDataPort = 0;
  static constexpr std::uint64_t kCommandPort = 4;

  /// All outlive the device.
  struct Wiring {
    IrqLine& keyboard_irq;  ///< IRQ 1.
    IrqLine& mouse_irq;     ///< IRQ 12.
    PowerControl& power;
    const Clock& clock;
    EventLoop& loop;
  };
  explicit I8042(const Wiring& wiring);

  void reset();

  /// What a person does goes here, with lock() held.
  [[nodiscard]] ps2::Keyboard& keyboard() { return keyboard_; }
  [[nodiscard]] ps2::Mouse& mouse() { return mouse_; }
  /// Calls changed whenever keyboard().leds() has changed, with lock() held. Empty: nobody.
  void when_leds_changed(std::function<void()> changed);

  [[nodiscard]] std::string register_at(std::uint64_t offset, Access access) const override;
  [[nodiscard]] std::vector<RegisterValue> registers() const override;

 protected:
  [[nodiscard]] std::uint8_t read_register(std::uint64_t offset) override;
  void write_register(std::uint64_t offset, std::uint8_t value) override;

 private:
  enum class Source { kController, kKeyboardPort, kMousePort };

  void command(std::uint8_t value);
  void data(std::uint8_t value);
  void answer(std::uint8_t value, Source source = Source::kController);
  void send(Source port, std::uint8_t value);
  [[nodiscard]] ps2::Device& device_at(Source port);
  void empty_output();
  void refill();
  void take_keyboard_byte();
  void take_mouse_byte();
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
  const Wiring wiring_;
  std::function<void()> leds_changed_{};

  // State.
  struct State {
    std::array<std::uint8_t, kRamSize> ram{kInitialCommandByte};
    std::uint8_t output = 0;       // What the data port reads.
    std::size_t device_bytes = 0;  // How many of a device's bytes that is; 0: the controller's own.
    bool output_full = false;
    bool output_from_mouse = false;
    bool last_was_command = false;
    bool a20 = true;                        // Kept, without an effect.
    std::optional<std::uint8_t> waiting{};  // A command whose data byte comes next.
  } state_;

  // Plugged into the ports. Last: they call back here.
  ps2::Keyboard keyboard_;
  ps2::Mouse mouse_;
};

}  // namespace minivmm
