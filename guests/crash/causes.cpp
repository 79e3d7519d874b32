// Crashes for the reason that the command line names (cause=...): each is a mistake that kernels
// make while they are young. What the VMM says of it is what this is for.

#include <cstdint>

#include "lib/boot_info.h"
#include "lib/exit.h"
#include "lib/interrupts.h"
#include "lib/print.h"
#include "lib/selectors.h"
#include "lib/serial.h"

namespace {

constexpr std::uint64_t kUnmapped = 0x7f0000000;  // Beyond what lib/start.S maps.

struct [[gnu::packed]] TablePointer {
  std::uint16_t limit;
  std::uint64_t base;
};

void load_idt(const void* base, std::uint16_t limit) {
  const TablePointer pointer{limit, reinterpret_cast<std::uint64_t>(base)};
  asm volatile("lidt %0" : : "m"(pointer));
}

/// A table with room for every exception, and no handlers.
alignas(16) std::uint64_t empty_table[64];

void no_idt() {
  asm volatile("ud2");
}

void bad_stack() {
  asm volatile("movq %0, %%rsp; pushq %%rax" : : "r"(kUnmapped) : "memory");
}

void bad_stack_with_handlers() {
  guest::interrupts_init();
  bad_stack();
}

void bad_cr3() {
  asm volatile("movq %0, %%cr3; nop" : : "r"(0x4'0000'0000) : "memory");
}

void empty_cr3() {
  alignas(4096) static std::uint64_t table[512];
  asm volatile("movq %0, %%cr3; nop" : : "r"(table) : "memory");
}

// The far return by which a kernel comes to its 64-bit code segment, with a GDT that has none.
void wrong_gdt() {
  alignas(8) static const std::uint64_t gdt[] = {0, 0x00cf9b000000ffff, 0x00cf93000000ffff};
  const TablePointer pointer{sizeof gdt - 1, reinterpret_cast<std::uint64_t>(gdt)};
  asm volatile("lgdt %0; pushq $0x18; leaq 1f(%%rip), %%rax; pushq %%rax; lretq; 1:"
               :
               : "m"(pointer)
               : "rax", "memory");
}

// The same, with a descriptor that has the wrong width: 64-bit code read as 32-bit code.
void segment_of_32_bits() {
  asm volatile("pushq %0; leaq 1f(%%rip), %%rax; pushq %%rax; lretq; 1: .byte 0x0f, 0x0b"
               :
               : "i"(SELECTOR_CODE32)
               : "rax", "memory");
}

void jump_to_nowhere() {
  asm volatile("jmp *%0" : : "r"(kUnmapped));
}

void no_handler() {
  load_idt(empty_table, sizeof empty_table - 1);
  asm volatile("movq %%rax, (%0)" : : "r"(kUnmapped) : "memory");
}

void handler_unmapped() {
  constexpr std::uint64_t kGate = 0x8e00ull << 32 | SELECTOR_CODE64 << 16;
  empty_table[2 * 6] = kGate | (kUnmapped & 0xffff) | (kUnmapped >> 16 & 0xffff) << 48;
  empty_table[2 * 6 + 1] = kUnmapped >> 32;
  load_idt(empty_table, sizeof empty_table - 1);
  asm volatile("ud2");
}

struct Cause {
  const char* name;
  void (*crash)();
};

constexpr Cause kCauses[] = {
    {"no-idt", no_idt},
    {"bad-stack", bad_stack},
    {"bad-stack-with-handlers", bad_stack_with_handlers},
    {"bad-cr3", bad_cr3},
    {"empty-cr3", empty_cr3},
    {"wrong-gdt", wrong_gdt},
    {"32-bit-segment", segment_of_32_bits},
    {"jump-to-nowhere", jump_to_nowhere},
    {"no-handler", no_handler},
    {"handler-unmapped", handler_unmapped},
};

}  // namespace

extern "C" void guest_main() {
  guest::serial_init();
  for (const Cause& cause : kCauses) {
    if (!guest::option_is("cause", cause.name)) continue;
    guest::print("about to crash\n");
    cause.crash();
  }
  guest::check(false, "the command line names a cause");
}
