#include "machine/chipset.h"

#include <fmt/core.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "machine/layout.h"
#include "minivmm/acpi_pm_registers.h"

namespace minivmm {
namespace {

using namespace layout;

struct ComPlace {
  Port port;
  Gsi irq;
};
constexpr std::array<ComPlace, 4> kComs{
    {{kCom1, kCom1Gsi}, {kCom2, kCom2Gsi}, {kCom3, kCom1Gsi}, {kCom4, kCom2Gsi}}};

CmosMemory cmos_memory(std::uint64_t memory) {
  const std::uint64_t low = std::min(memory, kLowRamEnd.value);
  return {.below_4g = low, .above_4g = memory - low};
}

// Cells in which a PC's BIOS finds what its setup would have put there (SeaBIOS, src/hw/rtc.h).
constexpr std::uint8_t kBootOrderThird = 0x38;  // High nibble; bit 0: a floppy needs no signature.
constexpr std::uint8_t kBootOrder = 0x3d;       // The first in the low nibble.
constexpr std::uint8_t kOtherCpus = 0x5f;       // Processors beside the first.

std::uint8_t cmos_code(BootDevice device) {
  switch (device) {
    case BootDevice::kDisk:
      return 2;
    case BootDevice::kCdrom:
      return 3;
    case BootDevice::kNetwork:
      return 4;
  }
  return 0;
}

void define_setup_cells(CmosRtc& rtc, const MachineConfig& config) {
  std::array<unsigned, 3> codes{};
  const std::size_t count = std::min(config.boot_order.size(), codes.size());
  for (std::size_t i = 0; i < count; ++i) codes[i] = cmos_code(config.boot_order[i]);
  rtc.define_cell(kBootOrder, static_cast<std::uint8_t>(codes[0] | codes[1] << 4));
  rtc.define_cell(kBootOrderThird, static_cast<std::uint8_t>(codes[2] << 4 | 1));
  rtc.define_cell(kOtherCpus, static_cast<std::uint8_t>(std::min(config.cpus - 1, 0xffu)));
}

// The fixed ports are disjoint by layout.h, so that the bus can't refuse them.
void put(Bus& bus, GuestRange range, IoDevice& device, std::uint64_t first_offset = 0) {
  [[maybe_unused]] const bool added = bus.add(range, device, first_offset);
  assert(added);
}
void put(Bus& ports, Port first, std::uint64_t count, IoDevice& device,
         std::uint64_t first_offset = 0) {
  put(ports, {{first.value}, count}, device, first_offset);
}

}  // namespace

Chipset::Chipset(const MachineConfig& config, const Wiring& wiring)
    : wiring_(wiring),
      sci_(wiring.irqs.isa(kSciGsi)),
      rtc_irq_(wiring.irqs.isa(kRtcGsi)),
      keyboard_irq_(wiring.irqs.isa(kI8042KeyboardGsi)),
      mouse_irq_(wiring.irqs.isa(kI8042MouseGsi)),
      host_bridge_(kEcam),
      isa_bridge_(wiring.irqs.pirqs(), kPmBase),
      reset_control_(wiring.power),
      port92_(wiring.power),
      config_ports_(root_bus_, reset_control_),
      ecam_(root_bus_),
      acpi_pm_(*sci_, wiring.power, wiring.clock, wiring.side.loop()),
      rtc_(cmos_memory(config.memory), *rtc_irq_, wiring.clock, wiring.side.loop()),
      i8042_({.keyboard_irq = *keyboard_irq_,
              .mouse_irq = *mouse_irq_,
              .power = wiring.power,
              .clock = wiring.clock,
              .loop = wiring.side.loop()}) {
  root_bus_.add(kHostBridgeSlot, 0, host_bridge_);
  root_bus_.add(kIsaBridgeSlot, 0, isa_bridge_);
  put(wiring_.ports, kPciConfig, pci::ConfigPorts::kPorts, config_ports_);
  put(wiring_.mmio, kEcam, ecam_);
  put(wiring_.ports, kPort92, 1, port92_);
  put(wiring_.ports, kPmBase, acpi::kPmBlockSize, acpi_pm_);
  put(wiring_.ports, kRtc, CmosRtc::kPorts, rtc_);
  // Port 0x61, between the two, is KVM's PIT's.
  put(wiring_.ports, kI8042Data, 1, i8042_, I8042::kDataPort);
  put(wiring_.ports, kI8042Command, 1, i8042_, I8042::kCommandPort);
  define_setup_cells(rtc_, config);
  add_serials();
  add_debug_ports(config);
}

Chipset::~Chipset() {
  wiring_.side.on_loop([this] {
    for (Com& com : coms_) com.backend.set_receiver({});
  });
}

void Chipset::add_serials() {
  for (unsigned i = 0; i < kComs.size(); ++i) {
    CharBackend* backend = wiring_.side.serial(i);
    if (backend == nullptr) continue;
    Com& com =
        coms_.emplace_back(fmt::format("com{}", i + 1), wiring_.irqs.isa(kComs[i].irq), *backend);
    put(wiring_.ports, kComs[i].port, Uart16550::kPorts, com.uart);
  }
}

void Chipset::add_debug_ports(const MachineConfig& config) {
  if (CharBackend* sink = wiring_.side.debug_port()) {
    debug_port_.emplace(*sink);
    put(wiring_.ports, kDebugE9, 1, *debug_port_);
    put(wiring_.ports, kDebug402, 1, *debug_port_);
  }
  if (config.debug_exit) {
    debug_exit_.emplace(wiring_.power);
    put(wiring_.ports, kDebugExit, DebugExit::kPorts, *debug_exit_);
  }
}

void Chipset::list(DeviceDirectory& directory) const {
  for (const Com& com : coms_) directory.add(com.name, com.uart);
  directory.add("i8042", i8042_);
  directory.add("rtc", rtc_);
  directory.add("acpi-pm", acpi_pm_);
  directory.add("pci", config_ports_);
  directory.add("ecam", ecam_);
  directory.add("reset", reset_control_);
  directory.add("port92", port92_);
  if (debug_port_) directory.add("debug-port", *debug_port_);
  if (debug_exit_) directory.add("debug-exit", *debug_exit_);
}

void Chipset::connect_serials() {
  for (Com& com : coms_) {
    com.backend.set_receiver(
        [&uart = com.uart](std::span<const std::byte> bytes) { return uart.receive(bytes); });
  }
}

void Chipset::route_pirqs() {
  const std::lock_guard guard(isa_bridge_.lock());
  for (unsigned pirq = 0; pirq < pci::PirqRouter::kPirqs; ++pirq) {
    const std::uint32_t base = pirq < 4 ? pci::IsaBridge::kPirqARout : pci::IsaBridge::kPirqERout;
    const std::byte irq{kPirqIsaIrqs[pirq]};
    isa_bridge_.config_write(base + pirq % 4, {&irq, 1});
  }
}

void Chipset::power_button() {
  const std::lock_guard guard(acpi_pm_.lock());
  acpi_pm_.power_button();
}

}  // namespace minivmm
