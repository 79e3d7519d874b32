#include "debug/register_text.h"

#include <catch2/catch.hpp>

#include "support/paged_guest.h"

namespace minivmm::debug {

using Catch::Contains;

TEST_CASE("The register dump names the mode and the flags that are set") {
  test::PagedGuest guest;
  const CpuRegisters registers{.rflags = 0x246};
  CHECK_THAT(describe(registers, guest.registers), Contains("real mode") && Contains(" PF ZF IF "));
  guest.protected_mode();
  CHECK_THAT(describe(registers, guest.registers), Contains("32-bit protected mode"));
}

}  // namespace minivmm::debug
