// The last of hello's three modes.

#include "lib/boot_info.h"
#include "lib/cpu.h"
#include "lib/exit.h"
#include "lib/print.h"
#include "lib/selectors.h"
#include "lib/serial.h"

extern "C" void guest_main() {
  using namespace guest;
  serial_init();
  print("long mode\n");
  constexpr std::uint64_t kLongModeActive = 1u << 10;  // EFER.LMA.
  check((read_msr(MSR_EFER) & kLongModeActive) != 0, "EFER says that long mode is active");
  check(booted_by_pvh(), "the loader handed over PVH's start_info");
  check(rsdp_address() != 0, "the loader handed over ACPI's root pointer");
  check(memory_range_count() > 0, "the loader handed over a memory map");
  print("command line: \"{}\"\n", command_line());
  succeed();
}
