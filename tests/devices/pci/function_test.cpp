#include "devices/pci/function.h"

#include <catch2/catch.hpp>

#include "support/guest_access.h"
#include "support/test_pci_function.h"

namespace minivmm::pci {
namespace {

using test::load;
using test::store;
using test::TestPciFunction;
using test::TestPciMachine;
using Mapping = TestPciFunction::Mapping;

constexpr std::uint32_t kBar1 = 0x14;
constexpr std::uint32_t kBar2 = 0x18;
constexpr std::uint32_t kBar4 = 0x20;
constexpr std::uint32_t kBar5 = 0x24;

TEST_CASE("a guest finds the kinds and sizes of BARs by writing ones") {
  TestPciMachine machine;
  TestPciFunction& function = machine.function;
  for (std::uint32_t offset = kBar0; offset <= kBar5; offset += 4) {
    function.set(offset, 4, 0xffffffff);
  }

  CHECK(function.get(kBar0, 4) == 0xfffff000);
  CHECK(function.get(kBar1, 4) == 0xfffff000);
  CHECK(function.get(kBar2, 4) == 0xffffffc1);
  CHECK(function.get(0x1c, 4) == 0);
  CHECK(function.get(kBar4, 4) == 0xffffc00c);
  CHECK(function.get(kBar5, 4) == 0xffffffff);
}

TEST_CASE("the machine is told the same kinds and sizes") {
  TestPciMachine machine;

  const std::vector<BarInfo> bars = machine.function.bars();

  REQUIRE(bars.size() == 5);
  CHECK(bars[0].kind == BarKind::kMmio32);
  CHECK(bars[1].size == 4096);
  CHECK(bars[2].kind == BarKind::kIo);
  CHECK(bars[3].index == 4);
  CHECK(bars[3].kind == BarKind::kMmio64);
  CHECK(bars[3].prefetchable == Prefetchable::kYes);
  CHECK_FALSE(bars[3].mapped.has_value());
  CHECK(bars[4].kind == BarKind::kRom);
  CHECK(bars[4].index == PciFunction::kRomBar);
  CHECK(bars[4].size == TestPciFunction::kRomSize);
}

TEST_CASE("a BAR answers while COMMAND decodes it") {
  TestPciMachine machine;
  machine.function.assign_bar(0, {0xc000'0000});
  machine.function.assign_bar(2, {0xc040});
  CHECK(machine.function.mappings.empty());

  machine.function.set(kCommand, 2, kCommandMemory);
  CHECK(load<std::uint8_t>(machine.mmio, 0xc000'0ffc) == 0x32);
  CHECK(load<std::uint8_t>(machine.ports, 0xc040) == 0xff);
  machine.function.set(kCommand, 2, kCommandIo);
  CHECK(load<std::uint8_t>(machine.mmio, 0xc000'0ffc) == 0xff);
  CHECK(load<std::uint8_t>(machine.ports, 0xc07f) == 0x10);

  CHECK(machine.function.mappings ==
        std::vector<Mapping>{{0, 0xc000'0000}, {0, std::nullopt}, {2, 0xc040}});
}

TEST_CASE("a guest moves a BAR while it is decoded, and the device is told once") {
  TestPciMachine machine;
  machine.function.assign_bar(0, {0xc000'0000});
  machine.function.set(kCommand, 2, kCommandMemory);
  machine.function.mappings.clear();

  machine.function.set(kBar0, 4, 0xd000'0000);
  machine.function.set(kBar0, 4, 0xd000'0000);
  machine.function.set(kCommand, 2, kCommandMemory | kCommandBusMaster);

  CHECK(machine.function.mappings == std::vector<Mapping>{{0, 0xd000'0000}});
  store<std::uint32_t>(machine.mmio, 0xd000'0010, 0x1234);
  CHECK(machine.function.mmio32.last_write ==
        std::pair<std::uint64_t, std::uint64_t>{0x10, 0x1234});
  CHECK(load<std::uint8_t>(machine.mmio, 0xc000'0010) == 0xff);
}

TEST_CASE("a 64-bit BAR lies above 4 GiB when both halves say so") {
  TestPciMachine machine;
  machine.function.set(kCommand, 2, kCommandMemory);
  machine.function.set(kBar4, 4, 0x0000'4000);
  machine.function.set(kBar5, 4, 0x20);

  CHECK(load<std::uint16_t>(machine.mmio, 0x20'0000'4000) == 0x6464);
  CHECK(machine.function.mappings.back() == Mapping{4, 0x20'0000'4000});
}

TEST_CASE("addresses that make no sense are not mapped") {
  TestPciMachine machine;
  machine.function.set(kCommand, 2, kCommandMemory | kCommandIo);
  machine.function.set(kBar2, 4, 0xffff'ffff);  // Beyond the ports.
  machine.function.set(kBar4, 4, 0xffff'ffff);
  machine.function.mappings.clear();
  machine.function.set(kBar5, 4, 0xffff'ffff);  // Up to 2^64: it would wrap.

  CHECK(machine.function.mappings == std::vector<Mapping>{{4, std::nullopt}});
  CHECK_FALSE(machine.ports.answers(0xffc0));
  CHECK_FALSE(machine.mmio.answers(0));
  machine.function.set(kBar5, 4, 0);
  machine.function.set(kBar4, 4, 0);
  CHECK_FALSE(machine.mmio.answers(0));
}

TEST_CASE("the last 32-bit address can be mapped") {
  TestPciMachine machine;
  machine.function.set(kCommand, 2, kCommandMemory);
  machine.function.set(kBar0, 4, 0xffff'ffff);

  CHECK(load<std::uint8_t>(machine.mmio, 0xffff'ffff) == 0x32);
}

TEST_CASE("a BAR that overlaps another device waits until it can be mapped") {
  TestPciMachine machine;
  machine.function.set(kCommand, 2, kCommandMemory);
  machine.function.set(kBar0, 4, 0xc000'0000);
  machine.function.mappings.clear();
  machine.function.set(kBar1, 4, 0xc000'0000);
  CHECK(load<std::uint8_t>(machine.mmio, 0xc000'0000) == 0x32);
  CHECK(machine.function.mappings.empty());

  machine.function.set(kBar0, 4, 0xc001'0000);

  CHECK(load<std::uint8_t>(machine.mmio, 0xc001'0000) == 0x32);
  CHECK(load<std::uint8_t>(machine.mmio, 0xc000'000c) == 0x01);  // The table: masked.
}

TEST_CASE("a guest finds the size of the expansion ROM by writing ones without its enable bit") {
  TestPciMachine machine;

  machine.function.set(kExpansionRom, 4, 0xffff'fffe);

  CHECK(machine.function.get(kExpansionRom, 4) == 0xffff'8000);
}

TEST_CASE("the expansion ROM answers while its own bit and COMMAND decode it") {
  TestPciMachine machine;
  machine.function.assign_bar(PciFunction::kRomBar, {0xc008'0000});
  machine.function.set(kCommand, 2, kCommandMemory);
  CHECK_FALSE(machine.mmio.answers(0xc008'0000));

  machine.function.set(kExpansionRom, 4, 0xc008'0001);
  CHECK(load<std::uint8_t>(machine.mmio, 0xc008'7fff) == 0x55);
  machine.function.set(kCommand, 2, 0);
  CHECK_FALSE(machine.mmio.answers(0xc008'0000));

  CHECK(machine.function.mappings == std::vector<Mapping>{{PciFunction::kRomBar, 0xc008'0000},
                                                          {PciFunction::kRomBar, std::nullopt}});
}

TEST_CASE("INTx follows the request, COMMAND and STATUS") {
  TestPciMachine machine;
  machine.function.request(true);
  CHECK(machine.intx.asserted());
  CHECK((machine.function.get(kStatus, 2) & kStatusInterrupt) != 0);

  machine.function.set(kCommand, 2, kCommandInterruptDisable);
  CHECK_FALSE(machine.intx.asserted());
  CHECK((machine.function.get(kStatus, 2) & kStatusInterrupt) != 0);

  machine.function.set(kCommand, 2, 0);
  CHECK(machine.intx.asserted());
  machine.function.request(false);
  CHECK_FALSE(machine.intx.asserted());
  CHECK((machine.function.get(kStatus, 2) & kStatusInterrupt) == 0);
  CHECK(machine.function.get(kInterruptPin, 1) == 1);
}

TEST_CASE("the MSI-X capability says where table and pending bits are") {
  TestPciMachine machine;
  const std::uint32_t capability = machine.function.get(kCapabilitiesPointer, 1);

  CHECK(machine.function.get(capability, 1) == kCapabilityMsix);
  CHECK(machine.function.get(capability + 2, 2) == 3);
  CHECK(machine.function.get(capability + 4, 4) == 0x001);
  CHECK(machine.function.get(capability + 8, 4) == 0x801);
}

TEST_CASE("while MSI-X is enabled, INTx is quiet") {
  TestPciMachine machine;
  machine.function.request(true);
  machine.function.set(0x42, 2, 0x8000);
  CHECK_FALSE(machine.intx.asserted());

  machine.function.set(0x42, 2, 0x0000);
  CHECK(machine.intx.asserted());
}

TEST_CASE("a reset unmaps all BARs and releases INTx") {
  TestPciMachine machine;
  machine.function.set(kCommand, 2, kCommandMemory);
  machine.function.set(kBar0, 4, 0xc000'0000);
  machine.function.set(0x42, 2, 0x8000);
  machine.function.request(true);

  machine.function.reset();

  CHECK_FALSE(machine.mmio.answers(0xc000'0000));
  CHECK_FALSE(machine.intx.asserted());
  CHECK_FALSE(machine.function.msix.enabled());
  CHECK(machine.function.get(kBar0, 4) == 0);
  CHECK(machine.function.get(kStatus, 2) == kStatusCapabilities);
}

TEST_CASE("a function that goes away takes its BARs off the bus") {
  Bus mmio;
  Bus ports;
  test::FakeIrqLine intx;
  test::FakeMsiSource msi;
  {
    TestPciFunction function({.mmio = &mmio, .ports = &ports, .intx = &intx}, msi);
    function.assign_bar(0, {0xc000'0000});
    function.set(kCommand, 2, kCommandMemory);
    REQUIRE(mmio.answers(0xc000'0000));
  }

  CHECK_FALSE(mmio.answers(0xc000'0000));
}

}  // namespace
}  // namespace minivmm::pci
