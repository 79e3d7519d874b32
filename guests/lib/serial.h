#pragma once
// COM1, a 16550A: polled output, and input polled or by interrupt.

#include <cstddef>
#include <cstdint>

namespace guest {

/// 115200 8N1, FIFOs on, no interrupts.
void serial_init();
/// Waits until the transmitter has taken everything.
void serial_write(const char* text, std::size_t size);
/// The next byte received, or -1.
int serial_read();
/// Interrupt on received data (IRQ 4; OUT2 gates it to the wire on a PC).
void serial_enable_receive_interrupt();

}  // namespace guest
