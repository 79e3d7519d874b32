// Hostile page tables, descriptor tables and registers: whatever they say, a debugger's look at
// them stays inside the guest's RAM and comes to an end.

#include <array>
#include <cstring>

#include "debug/descriptors.h"
#include "debug/page_walk.h"
#include "support/fuzz_input.h"
#include "support/paged_guest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minivmm;
  static test::PagedGuest guest;
  test::FuzzInput input(data, size);
  CpuSpecialRegisters& special = guest.registers;
  special.cr0 = input.take<std::uint32_t>();
  special.cr3 = input.take<std::uint16_t>() & 0xf000;
  special.cr4 = input.take<std::uint32_t>();
  special.efer = input.take<std::uint16_t>();
  special.cs.long_mode = input.take<std::uint8_t>() % 2 != 0;
  special.gdt = {.base = input.take<std::uint64_t>(), .limit = input.take<std::uint16_t>()};
  special.idt = {.base = input.take<std::uint64_t>(), .limit = input.take<std::uint16_t>()};
  special.tr = {.base = input.take<std::uint64_t>(), .limit = 0x67, .selector = 8};
  const auto linear = input.take<std::uint64_t>();
  std::memset(guest.bytes.data(), 0, 0x1'0000);
  for (std::size_t at = 0; !input.empty() && at < 0x1'0000; at += 8)
    guest.put<std::uint64_t>(at, input.take<std::uint64_t>());

  (void)debug::describe(debug::walk_pages(guest.memory, special, linear));
  std::array<std::byte, 9000> bytes{};
  (void)debug::read_linear(guest.memory, special, linear, bytes);
  special.gdt.limit &= 0x3ff;
  (void)debug::describe_gdt(guest.memory, special);
  (void)debug::describe_idt(guest.memory, special);
  (void)debug::describe_tss(guest.memory, special);
  return 0;
}
