// Every timer of the machine, and every way that its interrupt can take.

#include "lib/exit.h"
#include "lib/interrupts.h"
#include "lib/print.h"
#include "lib/rtc.h"
#include "lib/serial.h"
#include "timer/legacy.h"
#include "timer/local.h"

extern "C" void guest_main() {
  using namespace guest;
  serial_init();
  interrupts_init();
  check_pit_by_pic();
  check_pit_by_io_apic();
  check_pit_channel_2();
  check_lapic_timer();
  check_tsc();
  const DateTime now = read_rtc();
  print("RTC: {}-{:02}-{:02} {:02}:{:02}:{:02}\n", now.year, now.month, now.day, now.hour,
        now.minute, now.second);
  check(plausible(now), "the RTC's date and time are in their ranges");
  succeed();
}
