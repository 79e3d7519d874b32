#include <catch2/catch.hpp>

#include "kvm/guest_debug.h"
#include "kvm/tiny_guest.h"
#include "minivmm/io_device.h"

namespace minivmm::kvm::test {
namespace {

constexpr unsigned kBreakpoint = 3;  // #BP.

enum class Ring { kKernel, kUser };

void start(TinyGuest& guest, Ring ring, Program program) {
  if (ring == Ring::kKernel) return guest.start_long(program);
  guest.start_user(program);
  Registers registers = guest.cpu().registers();
  registers.rflags |= 3u << 12;  // IOPL: ring 3 may use ports.
  guest.cpu().set_registers(registers);
}

bool said_here(const VcpuExit& exit) {
  const auto* out = std::get_if<PioOut>(&exit);
  return out != nullptr && out->port == Port{0xe9};
}

// Not every host's virtualization stops in both rings, as docs/decisions/0025 tells; a guest that
// runs past a stop must come to its end all the same.
bool honoured(const VcpuExit& exit, Ring ring) {
  if (!said_here(exit) && !std::holds_alternative<Shutdown>(exit)) return true;
  WARN("not honoured in ring " << (ring == Ring::kUser ? 3 : 0));
  return false;
}

/// A debug exit; or, where KVM emulates ring 0, its failure to emulate this instruction.
bool met_int3(const VcpuExit& exit) {
  if (const auto* trap = std::get_if<Debug>(&exit)) return trap->exception == kBreakpoint;
  const auto* error = std::get_if<InternalError>(&exit);
  return error != nullptr && error->is_emulation_failure() && error->instruction_size > 0 &&
         error->instruction().front() == std::byte{0xcc};
}

TEST_CASE("An INT3 stops a guest with RIP on it") {
  const Ring ring = GENERATE(Ring::kKernel, Ring::kUser);
  TinyGuest guest;
  start(guest, ring, meet_breakpoint());
  set_guest_debug(guest.vm(), guest.cpu(), {.software_stops = true});

  const VcpuExit exit = guest.cpu().run();

  if (!honoured(exit, ring)) return;
  CAPTURE(ring, name(exit));
  CHECK(met_int3(exit));
  CHECK(guest.cpu().registers().rip == kProgram.value + 1);
}

TEST_CASE("A guest's own INT3 reaches its handler, which returns behind it") {
  const Ring ring = GENERATE(Ring::kKernel, Ring::kUser);
  TinyGuest guest;
  start(guest, ring, meet_breakpoint());
  guest.load(kHandler, tell_return_address());
  guest.set_long_gate(kBreakpoint, kHandler);
  set_guest_debug(guest.vm(), guest.cpu(), {.software_stops = true});
  const VcpuExit stopped = guest.cpu().run();
  if (!honoured(stopped, ring)) return;
  REQUIRE(met_int3(stopped));
  if (std::holds_alternative<InternalError>(stopped)) {
    guest.cpu().drop_pending_exception();
    Registers registers = guest.cpu().registers();
    ++registers.rip;
    guest.cpu().set_registers(registers);
  }

  guest.cpu().inject_breakpoint();
  const VcpuExit exit = guest.cpu().run();

  CAPTURE(ring, name(exit));
  REQUIRE(said_here(exit));
  CHECK(load_le(std::get<PioOut>(exit).data) == kProgram.value + 2);
}

TEST_CASE("A guest goes on behind an INT3 that was taken away") {
  const Ring ring = GENERATE(Ring::kKernel, Ring::kUser);
  TinyGuest guest;
  start(guest, ring, meet_breakpoint());
  set_guest_debug(guest.vm(), guest.cpu(), {.software_stops = true});
  const VcpuExit stopped = guest.cpu().run();
  if (!honoured(stopped, ring)) return;
  REQUIRE(met_int3(stopped));
  if (std::holds_alternative<InternalError>(stopped)) guest.cpu().drop_pending_exception();

  constexpr std::byte kNop{0x90};
  REQUIRE(guest.memory().write(kProgram + 1, kNop));

  CHECK(said_here(guest.cpu().run()));
}

TEST_CASE("A hardware breakpoint stops a guest before the instruction, where the host honours it") {
  const Ring ring = GENERATE(Ring::kKernel, Ring::kUser);
  TinyGuest guest;
  start(guest, ring, write_low_memory());
  const std::uint64_t there = kProgram.value + 11;
  set_guest_debug(guest.vm(), guest.cpu(), {.stops = {{.linear = there}}});

  const VcpuExit exit = guest.cpu().run();

  if (!honoured(exit, ring)) return;
  REQUIRE(std::holds_alternative<Debug>(exit));
  CHECK(guest.cpu().registers().rip == there);
  CHECK((std::get<Debug>(exit).dr6 & 1) == 1);
}

TEST_CASE("A watchpoint stops a guest behind the instruction, where the host honours it") {
  const Ring ring = GENERATE(Ring::kKernel, Ring::kUser);
  TinyGuest guest;
  start(guest, ring, write_low_memory());
  set_guest_debug(
      guest.vm(), guest.cpu(),
      {.stops = {{.kind = HardwareStop::Kind::kWrite, .linear = 0x6000, .length = 4}}});

  const VcpuExit exit = guest.cpu().run();

  if (!honoured(exit, ring)) return;
  REQUIRE(std::holds_alternative<Debug>(exit));
  CHECK(guest.cpu().registers().rip == kProgram.value + 11);
  CHECK((std::get<Debug>(exit).dr6 & 1) == 1);
}

TEST_CASE("A single step stops a guest behind one instruction") {
  const Ring ring = GENERATE(Ring::kKernel, Ring::kUser);
  TinyGuest guest;
  start(guest, ring, write_low_memory());
  set_guest_debug(guest.vm(), guest.cpu(), {.single_step = true});

  const VcpuExit exit = guest.cpu().run();

  if (!honoured(exit, ring)) return;
  REQUIRE(std::holds_alternative<Debug>(exit));
  CHECK(guest.cpu().registers().rip == kProgram.value + 5);
}

}  // namespace
}  // namespace minivmm::kvm::test
