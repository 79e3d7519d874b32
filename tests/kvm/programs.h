#pragma once
// The machine code of programs.S.

#include <cstddef>
#include <span>

namespace minivmm::kvm::test {

using Program = std::span<const std::byte>;

// A macro, because the assembler's two symbols of each program need names made from its name.
#define MINIVMM_TEST_PROGRAM(NAME)           \
  extern "C" const std::byte NAME##_begin[]; \
  extern "C" const std::byte NAME##_end[];   \
  inline Program NAME() {                    \
    return {NAME##_begin, NAME##_end};       \
  }

MINIVMM_TEST_PROGRAM(write_byte)
MINIVMM_TEST_PROGRAM(read_ports)
MINIVMM_TEST_PROGRAM(write_string)
MINIVMM_TEST_PROGRAM(read_string)
MINIVMM_TEST_PROGRAM(count_for_ever)
MINIVMM_TEST_PROGRAM(halt_for_ever)
MINIVMM_TEST_PROGRAM(write_memory)
MINIVMM_TEST_PROGRAM(write_rom)
MINIVMM_TEST_PROGRAM(await_pic_4)
MINIVMM_TEST_PROGRAM(pic_handler)
MINIVMM_TEST_PROGRAM(second_cpu)
MINIVMM_TEST_PROGRAM(use_device)
MINIVMM_TEST_PROGRAM(ring_doorbell)
MINIVMM_TEST_PROGRAM(await_message)
MINIVMM_TEST_PROGRAM(message_handler)
MINIVMM_TEST_PROGRAM(other_message_handler)
MINIVMM_TEST_PROGRAM(await_ioapic_pin_2)
MINIVMM_TEST_PROGRAM(start_second_cpu)
MINIVMM_TEST_PROGRAM(tell_cpuid_1_ebx)
MINIVMM_TEST_PROGRAM(tell_default_memory_type)
MINIVMM_TEST_PROGRAM(run_from_nowhere)
MINIVMM_TEST_PROGRAM(use_device_64)
MINIVMM_TEST_PROGRAM(write_window)
MINIVMM_TEST_PROGRAM(read_window)
MINIVMM_TEST_PROGRAM(add_in_window)
MINIVMM_TEST_PROGRAM(fill_window)
MINIVMM_TEST_PROGRAM(post_writes)
MINIVMM_TEST_PROGRAM(fault_without_idt)
MINIVMM_TEST_PROGRAM(meet_breakpoint)
MINIVMM_TEST_PROGRAM(tell_return_address)
MINIVMM_TEST_PROGRAM(write_low_memory)
MINIVMM_TEST_PROGRAM(use_msrs)
MINIVMM_TEST_PROGRAM(use_unknown_msr)

#undef MINIVMM_TEST_PROGRAM

}  // namespace minivmm::kvm::test
