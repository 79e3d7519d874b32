// A bare loop of accesses that leave the guest, for measuring what an exit costs. Built as pio and
// mmio (in ring 0), pio3 and mmio3 (in ring 3).
//
// Options: count=N; op=in|out and port=P (in: the UART's scratch register), or address=A (the
// host bridge's configuration, by ECAM). Ends with the line
//   bench: loop=pio3 count=N microseconds=M

#include "lib/boot_info.h"
#include "lib/exit.h"
#include "lib/interrupts.h"
#include "lib/io.h"
#include "lib/paging.h"
#include "lib/print.h"
#include "lib/serial.h"
#include "lib/stopwatch.h"
#include "lib/text.h"
#include "lib/user_mode.h"

using namespace guest;

namespace {

constexpr std::uint16_t kScratchRegister = 0x3ff;   // COM1's SCR (PC16550D, 8.8).
constexpr std::uint64_t kHostBridge = 0xb000'0000;  // q35's ECAM: bus 0, device 0.

std::uint64_t count, address;
std::uint16_t port;
bool writes;
Stopwatch stopwatch;
alignas(16) std::uint8_t stack[4096];

void port_reads() {
  std::uint64_t left = count;
  asm volatile("1: inb %%dx, %%al; decq %0; jnz 1b" : "+r"(left) : "d"(port) : "al", "cc");
}
void port_writes() {
  std::uint64_t left = count;
  asm volatile("1: outb %%al, %%dx; decq %0; jnz 1b" : "+r"(left) : "d"(port), "a"(0) : "cc");
}
void memory_reads() {
  std::uint64_t left = count;
  asm volatile("1: movl (%1), %%eax; decq %0; jnz 1b"
               : "+r"(left)
               : "r"(address)
               : "eax", "cc", "memory");
}

void measure() {
  const std::uint64_t start = stopwatch.microseconds();
  if (after_prefix(LOOP_NAME, "mmio") != nullptr) {
    memory_reads();
  } else if (writes) {
    port_writes();
  } else {
    port_reads();
  }
  const std::uint64_t end = stopwatch.microseconds();
  print("bench: loop={} count={} microseconds={}\n", LOOP_NAME, count, end - start);
  exit_guest(kSuccess);
}

}  // namespace

extern "C" void guest_main() {
  serial_init();
  interrupts_init();
  count = option("count", 10'000);
  port = static_cast<std::uint16_t>(option("port", kScratchRegister));
  writes = option_is("op", "out");
  address = option("address", kHostBridge);
  check(count > 0, "count is at least 1");
  map_physical(address, sizeof(std::uint32_t), Caching::kOff);
  stopwatch.init();
  if (LOOP_RING == 3) enter_user_mode(measure, stack + sizeof(stack));
  measure();
}
