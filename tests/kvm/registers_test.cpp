#include "kvm/registers.h"

#include <catch2/catch.hpp>

namespace minivmm::kvm {
namespace {

TEST_CASE("A real-mode entry starts at the reset vector, whatever else is asked for") {
  const CpuEntry entry{.mode = CpuEntry::Mode::kReal16, .rip = 0x1234, .rsp = 0x5678};

  const Registers registers = entry_registers(entry);
  const SpecialRegisters special = entry_special_registers(entry);

  CHECK(special.cs.base + registers.rip == 0xffff'fff0);
  CHECK(special.cs.selector == 0xf000);
  CHECK(special.cr0 == 0x6000'0010);
  CHECK(special.idt.limit == 0xffff);
  CHECK(registers.rflags == 2);
}

TEST_CASE("A protected-mode entry has flat segments and no paging") {
  const CpuEntry entry{.mode = CpuEntry::Mode::kProtected32,
                       .rip = 0x10'0000,
                       .rbx = 0x9000,
                       .gdt = {0x500},
                       .gdt_limit = 23};

  const SpecialRegisters special = entry_special_registers(entry);

  CHECK(entry_registers(entry).rip == 0x10'0000);
  CHECK(entry_registers(entry).rbx == 0x9000);
  CHECK(special.cr0 == 0x11);
  CHECK(special.cr4 == 0);
  CHECK(special.efer == 0);
  CHECK(special.cs.selector == 8);
  CHECK(special.cs.limit == 0xffff'ffff);
  CHECK(special.cs.big);
  CHECK(special.ss.selector == 0x10);
  CHECK(special.gdt == DescriptorTable{.base = 0x500, .limit = 23});
  CHECK(special.idt.limit == 0);
}

TEST_CASE("A 64-bit entry has paging on and a 64-bit code segment") {
  const CpuEntry entry{
      .mode = CpuEntry::Mode::kLong64, .rip = 0x20'0000, .rsi = 0x7000, .page_table = {0x9000}};

  const SpecialRegisters special = entry_special_registers(entry);

  CHECK(entry_registers(entry).rsi == 0x7000);
  CHECK(special.cr0 == 0x8000'0011);
  CHECK(special.cr3 == 0x9000);
  CHECK(special.cr4 == 0x20);
  CHECK(special.efer == 0x500);
  CHECK(special.cs.long_mode);
  CHECK_FALSE(special.cs.big);
  CHECK(special.tr.type == 11);
}

}  // namespace
}  // namespace minivmm::kvm
