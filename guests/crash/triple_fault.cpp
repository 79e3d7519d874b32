// Crashes: an invalid instruction in long mode without a table of handlers. What the VMM then says
// is what this is for; the registers hold values that are easily recognised.

#include "lib/exit.h"
#include "lib/print.h"
#include "lib/serial.h"

extern "C" void guest_main() {
  guest::serial_init();
  guest::print("about to crash\n");
  asm volatile("" : : "b"(0xbadc0de), "S"(0x5105105105), "D"(0xd1d1d1d1));
  guest::crash();
}
