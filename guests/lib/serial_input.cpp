#include "lib/serial_input.h"

#include <cstdint>

#include "lib/apic.h"
#include "lib/cpu.h"
#include "lib/interrupts.h"
#include "lib/serial.h"

namespace guest {
namespace {

constexpr std::uint8_t kCom1Gsi = 4;
constexpr std::uint8_t kVector = 0x30;
constexpr std::uint8_t kSize = 64;  // A power of two.

// Written by the handler, read with interrupts off.
volatile char bytes[kSize];
volatile std::uint8_t written = 0;
std::uint8_t taken = 0;

/// What doesn't fit stays in the UART until there is room: taking a byte makes some.
void receive() {
  while (static_cast<std::uint8_t>(written - taken) < kSize) {
    const int next = serial_read();
    if (next < 0) return;
    bytes[written % kSize] = static_cast<char>(next);
    written = static_cast<std::uint8_t>(written + 1);
  }
}

GUEST_INTERRUPT void on_received(InterruptFrame*) {
  receive();
  lapic_end();
}

}  // namespace

void serial_input_init() {
  set_handler(kVector, on_received);
  io_apic_route(kCom1Gsi, kVector, lapic_id(), Trigger::kEdgeHigh);
  serial_enable_receive_interrupt();
}

char serial_input_wait() {
  // What came before the interrupt was enabled, or found no room, raises no new edge.
  if (written == taken) receive();
  while (written == taken) wait_for_interrupt();
  return bytes[taken++ % kSize];
}

}  // namespace guest
