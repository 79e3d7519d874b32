#pragma once
// A little RAM with page tables in it, and the registers that use them.

#include <cstdint>
#include <vector>

#include "minivmm/cpu_registers.h"
#include "minivmm/guest_memory.h"

namespace minivmm::test {

/// 1 MiB of RAM at 0, whose pages a test fills in; registers begin without paging.
struct PagedGuest {
  static constexpr std::uint64_t kSize = 1u << 20;

  std::vector<std::byte> bytes = std::vector<std::byte>(kSize);
  GuestMemory memory{{MemoryRegion{.range = {.start = {0}, .size = kSize}, .host = bytes.data()}}};
  CpuSpecialRegisters registers{};

  PagedGuest() = default;
  PagedGuest(const PagedGuest&) = delete;
  PagedGuest& operator=(const PagedGuest&) = delete;

  template <typename T>
  void put(std::uint64_t physical, T value) {
    if (!memory.write<T>({physical}, value)) throw value;
  }

  void protected_mode() {
    registers.cr0 |= 1;
    registers.cs = {.limit = ~0u, .selector = 8, .type = 11, .big = true, .granular = true};
    registers.ss = registers.ds =
        registers.es = {.limit = ~0u, .selector = 16, .big = true, .granular = true};
  }
  void page_32bit(std::uint64_t cr3) {
    protected_mode();
    registers.cr0 |= 1u << 31;
    registers.cr3 = cr3;
  }
  void page_pae(std::uint64_t cr3) {
    page_32bit(cr3);
    registers.cr4 |= 1u << 5;
  }
  /// Long mode, its 64-bit sub-mode, with EFER.NXE.
  void page_long(std::uint64_t cr3) {
    page_pae(cr3);
    registers.efer = 0xd00;
    registers.cs.long_mode = true;
    registers.cs.big = false;
  }
  /// The first 2 MiB onto themselves by one large page; tables at 0x1000, 0x2000 and 0x3000.
  void identity_map() {
    put<std::uint64_t>(0x1000, 0x2003);
    put<std::uint64_t>(0x2000, 0x3003);
    put<std::uint64_t>(0x3000, 0x83);
    page_long(0x1000);
  }
};

}  // namespace minivmm::test
