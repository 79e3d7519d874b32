#pragma once
// A serial port: National Semiconductor's PC16550D (datasheet of June 1995; sections below are
// its).

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "devices/byte_device.h"
#include "minivmm/char_backend.h"
#include "minivmm/irq_line.h"

namespace minivmm {

/// The chip alone: what is sent goes to the backend at once, at any baud rate, so that the
/// transmitter is always empty. Nothing received is ever lost: what doesn't fit stays with the
/// backend, which is told when there is room (an overrun can only happen in loopback mode).
///
/// Two simplifications that no driver can tell from a quick line: the character timeout comes as
/// soon as the FIFO holds anything below its trigger level, and the line never has errors.
///
/// Put on the port bus with 8 ports. As on every PC, the interrupt goes through OUT2.
/// Threads: as IoDevice, except receive().
class Uart16550 final : public ByteDevice {
 public:
  static constexpr std::uint64_t kPorts = 8;

  /// Both outlive the UART. The machine registers receive() with the backend.
  Uart16550(IrqLine& irq, CharBackend& backend);

  /// Takes as many bytes as there is room for and answers how many. When it took fewer than all, it
  /// calls the backend's resume() once there is room.
  /// Threads: any, without the lock: takes lock() itself.
  std::size_t receive(std::span<const std::byte> bytes);

  void reset();

  [[nodiscard]] std::string register_at(std::uint64_t offset, Access access) const override;
  [[nodiscard]] std::vector<RegisterValue> registers() const override;

 protected:
  [[nodiscard]] std::uint8_t read_register(std::uint64_t offset) override;
  void write_register(std::uint64_t offset, std::uint8_t value) override;

 private:
  static constexpr std::size_t kFifoSize = 16;

  [[nodiscard]] std::uint8_t take_received();
  void put_received(std::uint8_t byte);
  void clear_received();
  void transmit(std::uint8_t byte);
  [[nodiscard]] std::uint8_t read_lsr();
  [[nodiscard]] std::uint8_t line_status() const;
  [[nodiscard]] std::uint8_t read_msr();
  [[nodiscard]] std::uint8_t read_iir();
  void write_ier(std::uint8_t value);
  void write_fcr(std::uint8_t value);
  void write_mcr(std::uint8_t value);

  [[nodiscard]] bool fifo_enabled() const;
  [[nodiscard]] std::size_t capacity() const;
  [[nodiscard]] std::size_t trigger_level() const;
  [[nodiscard]] bool loopback() const;
  [[nodiscard]] bool dlab() const;
  [[nodiscard]] std::uint8_t modem_inputs() const;
  void update_modem();
  /// The interrupt of the highest priority, as IIR's bits 3:0 state it (table III).
  [[nodiscard]] std::uint8_t pending() const;
  void offer_room();
  void update_irq();

  // Wiring.
  IrqLine& irq_;
  CharBackend& backend_;

  // State.
  struct State {
    std::uint8_t ier = 0;
    std::uint8_t fcr = 0;
    std::uint8_t lcr = 0;
    std::uint8_t mcr = 0;
    std::uint8_t msr = 0xb0;  // The other end is there: CTS, DSR and DCD, nothing changed.
    std::uint8_t scr = 0;
    std::uint8_t dll = 12;  // 9600 baud.
    std::uint8_t dlm = 0;
    bool overrun = false;
    bool thre_interrupt = false;  // THR became empty, and no IIR read has said so yet.
    bool refused_input = false;   // The backend holds bytes that didn't fit.
    std::array<std::uint8_t, kFifoSize> fifo{};
    std::size_t first = 0;
    std::size_t held = 0;
  } state_;
};

}  // namespace minivmm
