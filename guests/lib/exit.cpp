#include "lib/exit.h"

#include "lib/cpu.h"
#include "lib/io.h"
#include "lib/print.h"

namespace guest {
namespace {

constexpr std::uint16_t kDebugExit = 0xf4;        // QEMU's isa-debug-exit, as CI systems place it.
constexpr std::uint16_t kPm1Control = 0x604;      // PMBASE + 4 (ICH9 13.8.3.3).
constexpr std::uint16_t kSleepEnableS5 = 0x2000;  // SLP_EN; the type of S5 is 0 in this machine.
constexpr std::uint16_t kResetControl = 0xcf9;    // ICH9 13.7.5.
constexpr std::uint8_t kFullReset = 0x0e;         // FULL_RST, RST_CPU, SYS_RST.

unsigned checks = 0;

}  // namespace

void exit_guest(std::uint8_t value) {
  out32(kDebugExit, value);
  power_off();
}

void power_off() {
  out16(kPm1Control, kSleepEnableS5);
  halt();
}

void reset_machine() {
  out8(kResetControl, kFullReset);
  halt();
}

void drop_exception_table() {
  const struct __attribute__((packed)) {
    std::uint16_t limit = 0;
    std::uint64_t base = 0;
  } no_table;
  asm volatile("lidt %0" : : "m"(no_table));
}

void crash() {
  drop_exception_table();
  asm volatile("ud2");
  halt();
}

void halt() {
  for (;;) asm volatile("cli; hlt");
}

void check(bool holds, const char* sentence) {
  ++checks;
  if (holds) return;
  print("FAILED, check {}: {}\n", checks, sentence);
  const unsigned number = checks < kLastFailure ? checks : kLastFailure;
  exit_guest(static_cast<std::uint8_t>(kFailureBase + number));
}

void succeed() {
  print("{} checks held\n", checks);
  exit_guest(kSuccess);
}

}  // namespace guest
