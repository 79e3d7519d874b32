#include "kvm/gsi_routes.h"

#include <algorithm>
#include <catch2/catch.hpp>

namespace minivmm::kvm {
namespace {

std::vector<PinRoute> routes_of(std::uint32_t gsi) {
  std::vector<PinRoute> found;
  for (const PinRoute& route : pc_pin_routes()) {
    if (route.gsi.value == gsi) found.push_back(route);
  }
  return found;
}

TEST_CASE("The timer reaches the first PIC's pin 0 and the IOAPIC's pin 2") {
  CHECK(routes_of(0) ==
        std::vector<PinRoute>{{{0}, Irqchip::kPicMaster, 0}, {{0}, Irqchip::kIoApic, 2}});
}

TEST_CASE("The cascade's GSI goes nowhere") {
  CHECK(routes_of(2).empty());
}

TEST_CASE("ISA interrupts reach their PIC's pin and their IOAPIC's pin") {
  CHECK(routes_of(4) ==
        std::vector<PinRoute>{{{4}, Irqchip::kPicMaster, 4}, {{4}, Irqchip::kIoApic, 4}});
  CHECK(routes_of(12) ==
        std::vector<PinRoute>{{{12}, Irqchip::kPicSlave, 4}, {{12}, Irqchip::kIoApic, 12}});
}

TEST_CASE("GSIs from 16 on reach the IOAPIC alone, up to its last pin") {
  CHECK(routes_of(16) == std::vector<PinRoute>{{{16}, Irqchip::kIoApic, 16}});
  CHECK(routes_of(23) == std::vector<PinRoute>{{{23}, Irqchip::kIoApic, 23}});
  CHECK(routes_of(kFirstMsiGsi).empty());
}

TEST_CASE("Only writes to the local APICs' area are interrupts") {
  CHECK(is_interrupt_message({.address = 0xfee0'0000}));
  CHECK(is_interrupt_message({.address = 0xfeef'fffc}));
  CHECK_FALSE(is_interrupt_message({.address = 0}));
  CHECK_FALSE(is_interrupt_message({.address = 0xfedf'fffc}));
  CHECK_FALSE(is_interrupt_message({.address = 0xfef0'0000}));
  CHECK_FALSE(is_interrupt_message({.address = 0x1'fee0'0000}));
}

}  // namespace
}  // namespace minivmm::kvm
