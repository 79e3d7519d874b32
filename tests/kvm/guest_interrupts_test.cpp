#include <catch2/catch.hpp>

#include "host/event_fd.h"
#include "kvm/ioevent_doorbell.h"
#include "kvm/msi.h"
#include "kvm/tiny_guest.h"
#include "kvm/wire.h"
#include "minivmm/io_device.h"

namespace minivmm::kvm::test {
namespace {

// Intel SDM 3A, 11.11: destination APIC id 0, fixed delivery, the vector in the data.
constexpr MsiMessage kMessage41{.address = 0xfee0'0000, .data = 0x41};
constexpr MsiMessage kMessage42{.address = 0xfee0'0000, .data = 0x42};
constexpr MsiMessage kMemoryWrite{.address = 0x1000, .data = 0x42};

constexpr Port kReady{0xe8};
constexpr Port kHere{0xe9};
constexpr Port kThere{0xea};

Port port_of_next_out(TinyGuest& guest) {
  const VcpuExit exit = guest.cpu().run();
  REQUIRE(name(exit) == "pio-out");
  return std::get<PioOut>(exit).port;
}

/// A guest with handlers for vectors 0x41 (says kHere) and 0x42 (kThere), waiting for them.
void start_waiting(TinyGuest& guest, Program program) {
  guest.load(kHandler, message_handler());
  guest.load(kOtherHandler, other_message_handler());
  guest.start_protected(program);
  guest.set_gate(0x41, kHandler);
  guest.set_gate(0x42, kOtherHandler);
  REQUIRE(port_of_next_out(guest) == kReady);
}

TEST_CASE("A vector's signal runs the guest's handler of its message") {
  TinyGuest guest;
  start_waiting(guest, await_message());
  IrqFdVectors vectors(guest.vm(), guest.routes());
  const auto vector = vectors.allocate();
  vector->set_message(kMessage41);

  vector->signal();

  CHECK(port_of_next_out(guest) == kHere);
}

TEST_CASE("A vector follows the guest's change of its message") {
  TinyGuest guest;
  start_waiting(guest, await_message());
  IrqFdVectors vectors(guest.vm(), guest.routes());
  const auto vector = vectors.allocate();
  vector->set_message(kMessage41);
  vector->set_message(kMessage42);

  vector->signal();

  CHECK(port_of_next_out(guest) == kThere);
}

TEST_CASE("Two vectors keep their own messages") {
  TinyGuest guest;
  start_waiting(guest, await_message());
  IrqFdVectors vectors(guest.vm(), guest.routes());
  const auto first = vectors.allocate();
  const auto second = vectors.allocate();
  first->set_message(kMessage41);
  second->set_message(kMessage42);

  first->signal();
  const Port answer_to_first = port_of_next_out(guest);
  second->signal();

  CHECK(answer_to_first == kHere);
  CHECK(port_of_next_out(guest) == kThere);
}

TEST_CASE("A vector without a message, or whose message is no interrupt, is silent") {
  TinyGuest guest;
  start_waiting(guest, await_message());
  IrqFdVectors vectors(guest.vm(), guest.routes());
  const auto without = vectors.allocate();
  const auto with_another = vectors.allocate();
  const auto working = vectors.allocate();
  with_another->set_message(kMessage42);
  with_another->set_message(kMemoryWrite);
  working->set_message(kMessage41);

  without->signal();
  with_another->signal();
  working->signal();

  // A vector 0x42 would be served before 0x41, being of the higher priority.
  CHECK(port_of_next_out(guest) == kHere);
}

TEST_CASE("A signal before the first message is not remembered") {
  TinyGuest guest;
  start_waiting(guest, await_message());
  IrqFdVectors vectors(guest.vm(), guest.routes());
  const auto early = vectors.allocate();
  const auto working = vectors.allocate();
  working->set_message(kMessage41);

  early->signal();
  early->set_message(kMessage42);
  working->signal();

  CHECK(port_of_next_out(guest) == kHere);
}

TEST_CASE("A vector's GSI serves the next one when it is gone") {
  TinyGuest guest;
  start_waiting(guest, await_message());
  IrqFdVectors vectors(guest.vm(), guest.routes());
  vectors.allocate()->set_message(kMessage41);
  const auto vector = vectors.allocate();
  vector->set_message(kMessage42);

  vector->signal();

  CHECK(port_of_next_out(guest) == kThere);
}

TEST_CASE("A wire's rising edge arrives by the PIC") {
  TinyGuest guest;
  guest.load(kHandler, pic_handler());
  guest.set_real_vector(8 + 4, kHandler);
  guest.start_real(await_pic_4());
  REQUIRE(port_of_next_out(guest) == kReady);
  Wire wire(guest.vm(), {4});

  wire.set(true);

  CHECK(port_of_next_out(guest) == kHere);
}

TEST_CASE("GSI 0, the timer's, arrives at the IOAPIC's pin 2") {
  TinyGuest guest;
  start_waiting(guest, await_ioapic_pin_2());
  Wire wire(guest.vm(), {0});

  wire.set(true);

  CHECK(port_of_next_out(guest) == kHere);
}

TEST_CASE("A doorbell's write of any width rings without an exit") {
  TinyGuest guest;
  guest.start_protected(ring_doorbell());
  IoEventDoorbell doorbell(guest.vm());

  doorbell.bind({0xd000'1000});

  CHECK(port_of_next_out(guest) == kHere);
  std::uint64_t rings = 0;
  REQUIRE(::read(doorbell.fd(), &rings, sizeof rings) == sizeof rings);
  CHECK(rings == 3);
}

TEST_CASE("After unbind a write to the doorbell's address exits") {
  TinyGuest guest;
  guest.start_protected(ring_doorbell());
  IoEventDoorbell doorbell(guest.vm());
  doorbell.bind({0xd000'1000});
  REQUIRE(port_of_next_out(guest) == kHere);

  doorbell.unbind();

  const auto write = std::get<MmioWrite>(guest.cpu().run());
  CHECK(write.address == GuestAddress{0xd000'1000});
  CHECK(load_le(write.data) == 4);
}

TEST_CASE("A doorbell where another is already stays unbound") {
  TinyGuest guest;
  IoEventDoorbell first(guest.vm());
  IoEventDoorbell second(guest.vm());
  first.bind({0xd000'1000});

  second.bind({0xd000'1000});

  CHECK(first.bound_to() == GuestAddress{0xd000'1000});
  CHECK(second.bound_to() == std::nullopt);
}

TEST_CASE("INIT and SIPI start the second CPU where the first says") {
  TinyGuest guest(2);
  guest.load({0x9000}, second_cpu());
  guest.start_protected(start_second_cpu());
  guest.cpu(1).bind_to_this_thread();
  RunningCpu first(guest.cpu(0));

  VcpuExit exit = Interrupted{};
  while (std::holds_alternative<Interrupted>(exit)) exit = guest.cpu(1).run();

  REQUIRE(name(exit) == "pio-out");
  CHECK(load_le(std::get<PioOut>(exit).data) == 'P');
}

}  // namespace
}  // namespace minivmm::kvm::test
