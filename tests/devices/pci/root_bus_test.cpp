#include "devices/pci/root_bus.h"

#include <catch2/catch.hpp>

#include "devices/pci/host_bridge.h"
#include "devices/reset_control.h"
#include "support/fake_power_control.h"
#include "support/guest_access.h"
#include "support/test_pci_function.h"

namespace minivmm::pci {
namespace {

using test::load;
using test::store;

constexpr std::uint64_t kEcamBase = 0xb000'0000;
constexpr std::uint64_t kAddressPort = 0xcf8;
constexpr std::uint64_t kResetPort = 0xcf9;
constexpr std::uint64_t kDataPort = 0xcfc;

/// The host bridge in slot 0 and the test's function in slot 3.
struct Machine {
  Machine() {
    root.add(0, 0, bridge);
    root.add(3, 0, pci.function);
    REQUIRE(pci.ports.add({{kAddressPort}, ConfigPorts::kPorts}, config_ports));
    REQUIRE(pci.mmio.add({{kEcamBase}, Ecam::kSize}, ecam));
  }

  void select(std::uint32_t bus, std::uint32_t device, std::uint32_t function,
              std::uint32_t offset) {
    store<std::uint32_t>(pci.ports, kAddressPort,
                         0x8000'0000 | bus << 16 | device << 11 | function << 8 | offset);
  }

  test::TestPciMachine pci{};
  HostBridge bridge{GuestRange{{kEcamBase}, Ecam::kSize}};
  RootBus root{};
  test::FakePowerControl power{};
  ResetControl reset_control{power};
  ConfigPorts config_ports{root, reset_control};
  Ecam ecam{root};
};

TEST_CASE("mechanism 1 reaches a function with all widths") {
  Machine machine;
  machine.select(0, 3, 0, 0);

  CHECK(load<std::uint32_t>(machine.pci.ports, kDataPort) == 0x56781234);
  CHECK(load<std::uint16_t>(machine.pci.ports, kDataPort + 2) == 0x5678);
  CHECK(load<std::uint8_t>(machine.pci.ports, kDataPort + 1) == 0x12);
  CHECK(load<std::uint32_t>(machine.pci.ports, kAddressPort) == 0x80001800);
}

TEST_CASE("mechanism 1 writes what can be written") {
  Machine machine;
  machine.select(0, 3, 0, 0x3c);
  store<std::uint8_t>(machine.pci.ports, kDataPort, 0x0b);

  CHECK(machine.pci.function.get(kInterruptLine, 1) == 0x0b);
}

TEST_CASE("where no function is, a guest reads ones") {
  Machine machine;
  machine.select(0, 4, 0, 0);
  CHECK(load<std::uint32_t>(machine.pci.ports, kDataPort) == 0xffffffff);
  machine.select(0, 3, 1, 0);
  CHECK(load<std::uint32_t>(machine.pci.ports, kDataPort) == 0xffffffff);
  machine.select(1, 3, 0, 0);
  CHECK(load<std::uint32_t>(machine.pci.ports, kDataPort) == 0xffffffff);
}

TEST_CASE("without the enable bit the data port answers nothing") {
  Machine machine;
  store<std::uint32_t>(machine.pci.ports, kAddressPort, 0x0000'1800);

  CHECK(load<std::uint32_t>(machine.pci.ports, kDataPort) == 0xffffffff);
}

TEST_CASE("byte accesses to 0xcf9 reach the reset register, not the address") {
  Machine machine;
  machine.select(0, 3, 0, 0);
  store<std::uint8_t>(machine.pci.ports, kResetPort, 0x02);
  CHECK(load<std::uint8_t>(machine.pci.ports, kResetPort) == 0x02);
  store<std::uint8_t>(machine.pci.ports, kResetPort, 0x06);

  CHECK(machine.power.resets == 1);
  CHECK(load<std::uint32_t>(machine.pci.ports, kAddressPort) == 0x80001800);
}

TEST_CASE("a 32-bit write to 0xcf8 never resets") {
  Machine machine;
  store<std::uint32_t>(machine.pci.ports, kAddressPort, 0x8000'0600);

  CHECK(machine.power.resets == 0);
  CHECK(load<std::uint8_t>(machine.pci.ports, kResetPort) == 0);
}

TEST_CASE("narrow accesses to the address register go nowhere") {
  Machine machine;
  machine.select(0, 3, 0, 0);
  store<std::uint8_t>(machine.pci.ports, kAddressPort, 0x40);
  store<std::uint16_t>(machine.pci.ports, kAddressPort + 2, 0);

  CHECK(load<std::uint32_t>(machine.pci.ports, kAddressPort) == 0x80001800);
  CHECK(load<std::uint8_t>(machine.pci.ports, kAddressPort) == 0xff);
}

TEST_CASE("an access from the address register into the data port is split") {
  Machine machine;
  machine.select(0, 3, 0, 0);

  CHECK(load<std::uint32_t>(machine.pci.ports, kAddressPort + 2) == 0x1234ffff);
}

TEST_CASE("ECAM reaches the same registers") {
  Machine machine;
  const std::uint64_t function = kEcamBase + (3 << 15);
  CHECK(load<std::uint32_t>(machine.pci.mmio, function) == 0x56781234);
  CHECK(load<std::uint64_t>(machine.pci.mmio, function + 8) == 0x01020309);

  store<std::uint32_t>(machine.pci.mmio, function + kBar0, 0xc000'0000);
  store<std::uint16_t>(machine.pci.mmio, function + kCommand, kCommandMemory);
  CHECK(load<std::uint8_t>(machine.pci.mmio, 0xc000'0000) == 0x32);
}

TEST_CASE("ECAM of other buses and of the extended space") {
  Machine machine;

  CHECK(load<std::uint32_t>(machine.pci.mmio, kEcamBase + (1 << 20)) == 0xffffffff);
  CHECK(load<std::uint32_t>(machine.pci.mmio, kEcamBase + (3 << 15) + 0x100) == 0);
  CHECK(load<std::uint32_t>(machine.pci.mmio, kEcamBase + (3 << 15) + 0xffe) == 0xffffffff);
}

TEST_CASE("the host bridge is a Q35's and says where ECAM is") {
  Machine machine;

  CHECK(load<std::uint32_t>(machine.pci.mmio, kEcamBase) == 0x29c08086);
  CHECK(load<std::uint32_t>(machine.pci.mmio, kEcamBase + 8) == 0x06000000);
  CHECK(load<std::uint64_t>(machine.pci.mmio, kEcamBase + 0x60) == 0xb000'0001);
}

TEST_CASE("a function above 0 makes the device multi-function") {
  Machine machine;
  test::TestPciMachine other;
  machine.root.add(3, 1, other.function);

  CHECK(machine.pci.function.get(kHeaderType, 1) == 0x80);
  CHECK(load<std::uint16_t>(machine.pci.mmio, kEcamBase + (3 << 15) + (1 << 12)) == 0x1234);
}

TEST_CASE("a reset of the bus resets every function") {
  Machine machine;
  machine.pci.function.set(kInterruptLine, 1, 5);

  machine.root.reset();

  CHECK(machine.pci.function.get(kInterruptLine, 1) == 0);
}

}  // namespace
}  // namespace minivmm::pci
