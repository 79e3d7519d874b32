#pragma once
// The state in which a boot loader starts a vCPU: what boot/ decides and kvm/ sets.

#include <cstdint>

#include "minivmm/guest_address.h"

namespace minivmm {

/// Registers not named here have their values after RESET; interrupts are off (RFLAGS = 2).
struct CpuEntry {
  enum class Mode {
    kReal16,       ///< CS:IP = the reset vector f000:fff0 with CS.base 0xffff0000.
    kProtected32,  ///< Flat 4 GiB segments, CR0.PE, no paging (PVH, multiboot).
    kLong64,       ///< Flat segments, CR0.PE|PG, CR4.PAE, EFER.LME|LMA (Linux's 64-bit entry).
  };
  Mode mode = Mode::kReal16;

  std::uint64_t rip = 0;
  std::uint64_t rsp = 0;
  std::uint64_t rax = 0;
  std::uint64_t rbx = 0;
  std::uint64_t rsi = 0;

  GuestAddress page_table{};  ///< CR3; kLong64 only.

  /// A GDT in guest memory that holds descriptors for the two selectors; limit 0: none is loaded
  /// (the hidden parts of the segment registers are set all the same).
  GuestAddress gdt{};
  std::uint16_t gdt_limit = 0;
  std::uint16_t code_selector = 0x08;
  std::uint16_t data_selector = 0x10;
};

}  // namespace minivmm
