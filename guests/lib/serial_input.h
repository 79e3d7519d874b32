#pragma once
// Input from COM1 by interrupt (IRQ 4, through the I/O APIC), kept until it is asked for.

namespace guest {

/// After interrupts_init() and lapic_init().
void serial_input_init();
/// The next byte; sleeps until there is one.
char serial_input_wait();

}  // namespace guest
