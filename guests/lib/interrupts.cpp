#include "lib/interrupts.h"

#include "lib/exit.h"
#include "lib/print.h"
#include "lib/selectors.h"

namespace guest {
namespace {

// Intel SDM volume 3A, 6.14.1.
struct Gate {
  std::uint16_t offset_low, selector;
  std::uint8_t stack, type;
  std::uint16_t offset_middle;
  std::uint32_t offset_high, reserved;
};
static_assert(sizeof(Gate) == 16);
constexpr std::uint8_t kInterruptGate = 0x8e;  // Present, ring 0, interrupts off inside.

Gate table[256];

constexpr std::uint8_t kFaultExit = 0x7f;

[[noreturn]] void report_fault(const char* name, const InterruptFrame& frame) {
  print("FAILED: {} at {:x}:{:016x}, RFLAGS {:x}, RSP {:x}\n", name, frame.cs, frame.rip,
        frame.rflags, frame.rsp);
  exit_guest(kFaultExit);
}

GUEST_INTERRUPT void divide_error(InterruptFrame* frame) {
  report_fault("#DE", *frame);
}
GUEST_INTERRUPT void invalid_opcode(InterruptFrame* frame) {
  report_fault("#UD", *frame);
}
GUEST_INTERRUPT void double_fault(InterruptFrame* frame, std::uint64_t) {
  report_fault("#DF", *frame);
}
GUEST_INTERRUPT void general_protection(InterruptFrame* frame, std::uint64_t) {
  report_fault("#GP", *frame);
}
GUEST_INTERRUPT void page_fault(InterruptFrame* frame, std::uint64_t) {
  std::uint64_t address;
  asm volatile("movq %%cr2, %0" : "=r"(address));
  print("page fault on {:016x}\n", address);
  report_fault("#PF", *frame);
}

void set_gate(std::uint8_t vector, std::uint64_t offset) {
  table[vector] = {.offset_low = static_cast<std::uint16_t>(offset),
                   .selector = SELECTOR_CODE64,
                   .stack = 0,
                   .type = kInterruptGate,
                   .offset_middle = static_cast<std::uint16_t>(offset >> 16),
                   .offset_high = static_cast<std::uint32_t>(offset >> 32),
                   .reserved = 0};
}

template <typename Handler>
void set_fault(std::uint8_t vector, Handler* handler) {
  set_gate(vector, reinterpret_cast<std::uint64_t>(handler));
}

}  // namespace

void interrupts_init() {
  set_fault(0, divide_error);
  set_fault(6, invalid_opcode);
  set_fault(8, double_fault);
  set_fault(13, general_protection);
  set_fault(14, page_fault);
  interrupts_load();
}

void interrupts_load() {
  const struct __attribute__((packed)) {
    std::uint16_t limit = sizeof(table) - 1;
    Gate* base = table;
  } pointer;
  asm volatile("lidt %0" : : "m"(pointer));
}

void set_handler(std::uint8_t vector, InterruptHandler handler) {
  set_gate(vector, reinterpret_cast<std::uint64_t>(handler));
}

}  // namespace guest
