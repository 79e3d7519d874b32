// The devices of a machine by name.

#include "machine/device_directory.h"

#include <catch2/catch.hpp>

#include "bus/bus.h"
#include "devices/uart16550.h"
#include "support/fake_char_backend.h"
#include "support/fake_irq_line.h"
#include "support/guest_access.h"

namespace minivmm {
namespace {

struct Machine {
  Machine() {
    REQUIRE(ports.add({{0x3f8}, Uart16550::kPorts}, uart));
    directory.add("com1", uart);
  }
  DevicePlace port(std::uint64_t address, Access access) {
    return directory.place(AddressSpace::kPorts, address, access);
  }

  Bus ports{};
  Bus mmio{};
  test::FakeIrqLine irq{};
  test::FakeCharBackend line{};
  Uart16550 uart{irq, line};
  DeviceDirectory directory{ports, mmio};
};

TEST_CASE("A register is named as an access reaches it") {
  Machine machine;
  CHECK(machine.port(0x3f8, Access::kRead).register_name == "RBR");
  CHECK(machine.port(0x3f8, Access::kWrite).register_name == "THR");
  CHECK(machine.port(0x3fa, Access::kWrite).register_name == "FCR");
  test::out(machine.uart, 3, 0x83);
  CHECK(machine.port(0x3f8, Access::kRead).register_name == "DLL");
  CHECK(machine.port(0x3f8, Access::kRead).device == "com1");
}

TEST_CASE("Where nobody answers there is no device") {
  Machine machine;
  CHECK(machine.port(0x80, Access::kWrite).device.empty());
  CHECK(machine.directory.place(AddressSpace::kMemory, 0x3f8, Access::kRead).device.empty());
}

TEST_CASE("A device's registers are shown, and looking changes nothing") {
  Machine machine;
  test::out(machine.uart, 3, 0x03);
  (void)machine.uart.receive(std::as_bytes(std::span("x", 1)));

  const auto first = machine.directory.registers("com1");
  const auto second = machine.directory.registers("com1");

  REQUIRE(first);
  CHECK(first->size() == second->size());
  CHECK(first->at(3).name == "LCR");
  CHECK(first->at(3).meaning == "8N1");
  CHECK(test::in(machine.uart, 0) == 'x');
  CHECK_FALSE(machine.directory.registers("com2"));
}

TEST_CASE("Ranges are told with who answers there") {
  Machine machine;
  const auto ranges = machine.directory.ranges();
  REQUIRE(ranges.size() == 1);
  CHECK(ranges.front().device == "com1");
  CHECK(ranges.front().range == GuestRange{{0x3f8}, 8});
  CHECK(machine.directory.names() == std::vector<std::string>{"com1"});
}

}  // namespace
}  // namespace minivmm
