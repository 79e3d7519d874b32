#include <algorithm>
#include <catch2/catch.hpp>

#include "kvm/tiny_guest.h"
#include "minivmm/error.h"
#include "minivmm/io_device.h"

namespace minivmm::kvm::test {
namespace {

TEST_CASE("Registers read back as they were set") {
  TinyGuest guest;
  guest.start_long(use_device_64());
  Registers set;
  set.rax = 1, set.rbx = 2, set.rcx = 3, set.rdx = 4, set.rsi = 5, set.rdi = 6, set.rsp = 7;
  set.rbp = 8, set.r8 = 9, set.r9 = 10, set.r10 = 11, set.r11 = 12, set.r12 = 13, set.r13 = 14;
  set.r14 = 15, set.r15 = 0xffff'8000'1234'5678, set.rip = 0x2468, set.rflags = 0x246;

  guest.cpu().set_registers(set);

  CHECK(guest.cpu().registers() == set);
}

TEST_CASE("A 64-bit entry's special registers read back, and the APIC stays where it is") {
  TinyGuest guest;
  const std::uint64_t apic_base = guest.cpu().special_registers().apic_base;
  guest.start_long(use_device_64());

  const SpecialRegisters special = guest.cpu().special_registers();

  CHECK(special.apic_base == apic_base);
  CHECK(special.cs.long_mode);
  CHECK(special.cs.selector == 8);
  CHECK(special.cr3 == 0x10000);
  CHECK(special.efer == 0x500);
  CHECK(special.gdt == DescriptorTable{.base = 0x600, .limit = 23});
}

TEST_CASE("A real-mode entry is the state after a reset") {
  TinyGuest guest;
  const SpecialRegisters at_power_on = guest.cpu().special_registers();

  guest.cpu().enter({.mode = CpuEntry::Mode::kReal16});

  const SpecialRegisters special = guest.cpu().special_registers();
  CHECK(guest.cpu().registers().rip == 0xfff0);
  CHECK(special.cs.base == 0xffff'0000);
  CHECK(special.cs.selector == at_power_on.cs.selector);
  CHECK(special.cs.limit == at_power_on.cs.limit);
  CHECK(special.ss.base == at_power_on.ss.base);
  CHECK(special.ss.limit == at_power_on.ss.limit);
  CHECK(special.cr0 == at_power_on.cr0);
  CHECK(special.idt == at_power_on.idt);
}

TEST_CASE("A linear address is translated by the guest's page tables") {
  TinyGuest guest;
  guest.start_long(use_device_64());

  CHECK(guest.cpu().translate(0x1234) == GuestAddress{0x1234});
  CHECK(guest.cpu().translate(0x1'0000'0000) == std::nullopt);
}

TEST_CASE("A guest of two CPUs sees its APIC id and their number in CPUID leaf 1") {
  TinyGuest guest(2);
  guest.start_protected(tell_cpuid_1_ebx());

  const auto told = std::get<PioOut>(guest.cpu().run());

  CHECK((load_le(told.data) >> 24) == 0);
  CHECK(((load_le(told.data) >> 16) & 0xff) == 2);
}

TEST_CASE("After set_firmware_memory_types the default memory type is write-back") {
  TinyGuest guest;
  guest.cpu().set_firmware_memory_types();
  guest.start_protected(tell_default_memory_type());

  const auto told = std::get<PioOut>(guest.cpu().run());

  CHECK(load_le(told.data) == 0x806);
}

TEST_CASE("KVM counts a vCPU's exits") {
  TinyGuest guest;
  guest.start_real(write_byte());
  (void)guest.cpu().run();

  const Stats stats = guest.cpu().read_stats();

  const auto exits = std::find_if(stats.begin(), stats.end(),
                                  [](const auto& counter) { return counter.first == "exits"; });
  REQUIRE(exits != stats.end());
  CHECK(exits->second > 0);
}

TEST_CASE("Memory that is not page-aligned is refused with its address") {
  const Kvm kvm;
  Vm vm(kvm);
  const Pages pages(4096);

  CHECK_THROWS_WITH(vm.add_memory(0, {0x123}, pages.bytes(), MemoryAccess::kReadWrite),
                    Catch::Contains("0x123"));
}

}  // namespace
}  // namespace minivmm::kvm::test
