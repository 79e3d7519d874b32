#pragma once
// A vCPU's registers as plain data: what kvm/ reads and sets, and debug/ shows.

#include <cstdint>

namespace minivmm {

/// The initialisers are the values after RESET (Intel SDM 3A, table 10-1).
struct CpuRegisters {
  std::uint64_t rax = 0, rbx = 0, rcx = 0, rdx = 0;
  std::uint64_t rsi = 0, rdi = 0, rsp = 0, rbp = 0;
  std::uint64_t r8 = 0, r9 = 0, r10 = 0, r11 = 0;
  std::uint64_t r12 = 0, r13 = 0, r14 = 0, r15 = 0;
  std::uint64_t rip = 0xfff0;
  std::uint64_t rflags = 2;
  friend bool operator==(const CpuRegisters&, const CpuRegisters&) = default;
};

/// A segment register with its hidden part (Intel SDM 3A, 3.4.5).
struct CpuSegment {
  std::uint64_t base = 0;
  std::uint32_t limit = 0xffff;  ///< In bytes - 1, granularity already applied.
  std::uint16_t selector = 0;
  std::uint8_t type = 3;
  std::uint8_t dpl = 0;
  bool present = true;
  bool code_or_data = true;  ///< S: false for a system segment.
  bool big = false;          ///< D/B.
  bool long_mode = false;    ///< L.
  bool granular = false;     ///< G.
  bool available = false;    ///< AVL.
  bool unusable = false;
  friend bool operator==(const CpuSegment&, const CpuSegment&) = default;
};

struct DescriptorTable {
  std::uint64_t base = 0;
  std::uint16_t limit = 0xffff;
  friend bool operator==(const DescriptorTable&, const DescriptorTable&) = default;
};

struct CpuSpecialRegisters {
  CpuSegment cs, ds, es, fs, gs, ss, tr, ldt;
  DescriptorTable gdt, idt;
  std::uint64_t cr0 = 0, cr2 = 0, cr3 = 0, cr4 = 0, cr8 = 0;
  std::uint64_t efer = 0;
  std::uint64_t apic_base = 0;
  friend bool operator==(const CpuSpecialRegisters&, const CpuSpecialRegisters&) = default;
};

}  // namespace minivmm
