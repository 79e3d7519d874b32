// The guest that is part of the VMM: says what machine it got, and then does as it is told, on the
// serial line. It sleeps while nobody types.

#include "demo/commands.h"
#include "demo/line_editor.h"
#include "demo/power_button.h"
#include "demo/reports.h"
#include "lib/apic.h"
#include "lib/interrupts.h"
#include "lib/pic.h"
#include "lib/print.h"
#include "lib/serial.h"
#include "lib/serial_input.h"

extern "C" void guest_main() {
  using namespace guest;
  serial_init();
  interrupts_init();
  pic_mask_all();
  lapic_init(PicWire::kOff);
  serial_input_init();
  power_button_init();
  start_uptime();
  print(
      "\nHello from inside the virtual machine. This is minivmm's demo guest: a kernel of\n"
      "a few KiB, running where you would boot an operating system.\n\n");
  report_summary();
  print("\nType help for what it can do, off to switch the machine off.\n\n");
  LineEditor editor;
  for (;;) run_command(editor.read_line("demo> "));
}
