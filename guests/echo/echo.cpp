// Answers every line on the serial line with the same line; "end" ends it. Sleeps in between.

#include "lib/apic.h"
#include "lib/cpu.h"
#include "lib/exit.h"
#include "lib/interrupts.h"
#include "lib/print.h"
#include "lib/serial.h"
#include "lib/serial_input.h"
#include "lib/text.h"

extern "C" void guest_main() {
  using namespace guest;
  serial_init();
  interrupts_init();
  lapic_init(PicWire::kOff);
  serial_input_init();
  print("ready\n");
  char line[128];
  std::size_t size = 0;
  for (;;) {
    const char next = serial_input_wait();
    if (next != '\n' && next != '\r') {
      if (size + 1 < sizeof(line)) line[size++] = next;
      continue;
    }
    line[size] = 0;
    size = 0;
    if (equal(line, "end")) succeed();
    print("you said: {}\n", static_cast<const char*>(line));
  }
}
