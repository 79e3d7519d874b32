// A guest that does anything to PCI: both configuration mechanisms, moving BARs, the MSI-X table.
// Each step is an action byte, a place and a value.

#include <cstdlib>

#include "devices/pci/host_bridge.h"
#include "devices/pci/isa_bridge.h"
#include "devices/pci/root_bus.h"
#include "devices/reset_control.h"
#include "host/log.h"
#include "support/fake_power_control.h"
#include "support/fuzz_input.h"
#include "support/guest_access.h"
#include "support/test_pci_function.h"

namespace minivmm::pci {
namespace {

constexpr std::uint64_t kEcamBase = 0xb000'0000;

struct Machine {
  Machine() {
    root.add(0, 0, bridge);
    root.add(3, 0, pci.function);
    root.add(31, 0, isa_bridge);
    if (!pci.ports.add({{0xcf8}, ConfigPorts::kPorts}, config_ports)) std::abort();
    if (!pci.mmio.add({{kEcamBase}, Ecam::kSize}, ecam)) std::abort();
  }

  test::TestPciMachine pci{};
  HostBridge bridge{GuestRange{{kEcamBase}, Ecam::kSize}};
  PirqRouter router{{}, {}};
  IsaBridge isa_bridge{router, {0x600}};
  RootBus root{};
  test::FakePowerControl power{};
  ResetControl reset_control{power};
  ConfigPorts config_ports{root, reset_control};
  Ecam ecam{root};
};

void access(Bus& bus, std::uint64_t address, std::uint8_t action, std::uint64_t value) {
  std::byte bytes[8];
  const std::span<std::byte> data = std::span(bytes).first(1u << (action & 3));
  store_le(data, value);
  if ((action & 4) != 0) {
    bus.write(address, data);
  } else {
    bus.read(address, data);
  }
}

void step(Machine& machine, test::FuzzInput& input) {
  const auto action = input.take<std::uint8_t>();
  const auto place = input.take<std::uint16_t>();
  const auto value = input.take<std::uint32_t>();
  switch (action >> 3 & 7) {
    case 0:  // The eight ports of mechanism 1 and a little more.
      return access(machine.pci.ports, 0xcf4u + place % 16, action, value);
    case 1:  // The test's function in ECAM.
      return access(machine.pci.mmio, kEcamBase + (3 << 15) + place % 0x100, action, value);
    case 2:  // All of bus 0 and the start of bus 1.
      return access(machine.pci.mmio, kEcamBase + place * 17ull, action, value);
    case 3: {  // Wherever a BAR is now.
      const std::vector<BarInfo> bars = machine.pci.function.bars();
      const BarInfo& bar = bars[value % bars.size()];
      if (!bar.mapped) return;
      Bus& bus = bar.kind == BarKind::kIo ? machine.pci.ports : machine.pci.mmio;
      return access(bus, bar.mapped->value + place % bar.size, action, value);
    }
    case 4:
      return machine.pci.function.signal(value % 8);
    case 5:
      return machine.pci.function.request((value & 1) != 0);
    case 6:
      machine.pci.msi.refuse = (value & 1) != 0;
      return;
    default:
      if (value % 64 == 0) machine.root.reset();
      return;
  }
}

/// What holds whatever a guest did: a BAR that says it is mapped is answered, by this function.
void check(Machine& machine) {
  for (const BarInfo& bar : machine.pci.function.bars()) {
    if (!bar.mapped) continue;
    const Bus& bus = bar.kind == BarKind::kIo ? machine.pci.ports : machine.pci.mmio;
    if (!bus.answers(bar.mapped->value)) std::abort();
    if (!bus.answers(bar.mapped->value + bar.size - 1)) std::abort();
  }
  if (machine.pci.function.get(kVendorId, 4) != 0x56781234) std::abort();
}

}  // namespace
}  // namespace minivmm::pci

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  minivmm::log::set_level(minivmm::log::Level::kOff);
  minivmm::pci::Machine machine;
  minivmm::test::FuzzInput input(data, size);
  while (!input.empty()) {
    minivmm::pci::step(machine, input);
    minivmm::pci::check(machine);
  }
  return 0;
}
