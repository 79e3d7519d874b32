#include "debug/post_mortem.h"

#include <catch2/catch.hpp>

#include "debug/disassembly.h"
#include "support/paged_guest.h"

namespace minivmm::debug {
namespace {

using Catch::Contains;

/// A vCPU as kvm_amd leaves it after a triple fault.
Crash reset_crash() {
  Crash crash{.kind = CrashKind::kTripleFault, .headline = "triple fault"};
  crash.special.cs.base = 0xffff0000;
  return crash;
}

TEST_CASE("A crash that left nothing says so") {
  const test::PagedGuest guest;
  const std::string text = post_mortem(reset_crash(), guest.memory, {});
  CHECK_THAT(text, Contains("not known") && Contains("KVM resets a vCPU"));
}

TEST_CASE("A crash that left nothing is told by what the last exit showed") {
  test::PagedGuest guest;
  guest.protected_mode();
  guest.registers.idt = {};
  guest.registers.idt.limit = 0;
  Crash crash = reset_crash();
  crash.earlier = {.registers = {}, .special = guest.registers, .exits_ago = 1};
  crash.earlier->registers.rip = 0x1234;

  std::string text = post_mortem(crash, guest.memory, {});

  CHECK_THAT(text, Contains("at its last exit before the crash") && Contains("no IDT is loaded") &&
                       Contains("RIP 0000000000001234"));
  crash.earlier->exits_ago = 7;
  text = post_mortem(crash, guest.memory, {});
  CHECK_THAT(text, Contains("showed 7 exits before the crash"));
}

TEST_CASE("The stack of a crash that left nothing tells where calls came from") {
  test::PagedGuest guest;
  guest.protected_mode();
  Crash crash = reset_crash();
  crash.earlier = {.registers = {}, .special = guest.registers, .exits_ago = 1};
  crash.earlier->registers.rsp = 0x8000;
  constexpr std::uint64_t kBehindCall = 0x2005;
  for (std::uint64_t at = 0x1fe0; at < 0x2000; ++at) guest.put<std::uint8_t>(at, 0x90);
  guest.put<std::uint8_t>(0x2000, 0xe8);  // CALL to the next instruction.
  guest.put<std::uint32_t>(0x8000 - 12, kBehindCall);

  const std::string text = post_mortem(crash, guest.memory, {});

  const std::byte nop{0x90};
  if (!disassemble({&nop, 1}, 0, CodeMode::k32Bit)) return;  // No disassembler is installed.
  CHECK_THAT(text, Contains("RSP-0xc: 0x2005, behind 'call"));
}

TEST_CASE("Registers that a triple fault left are judged themselves") {
  test::PagedGuest guest;
  guest.protected_mode();
  Crash crash{
      .kind = CrashKind::kTripleFault, .headline = "triple fault", .special = guest.registers};
  crash.registers.rip = 0x4321;
  crash.earlier = {.registers = {}, .special = guest.registers, .exits_ago = 1};

  const std::string text = post_mortem(crash, guest.memory, {});

  CHECK_THAT(text, Contains("RIP 0000000000004321") && !Contains("last exit before"));
}

}  // namespace
}  // namespace minivmm::debug
