#pragma once
// The chips that every PC has, wired and on their buses: PCI's host, the ISA bridge, ACPI, the
// clock, the serial ports, the debug ports.

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "bus/bus.h"
#include "devices/acpi_pm.h"
#include "devices/cmos_rtc.h"
#include "devices/debug_exit.h"
#include "devices/debug_port.h"
#include "devices/i8042.h"
#include "devices/pci/host_bridge.h"
#include "devices/pci/isa_bridge.h"
#include "devices/pci/root_bus.h"
#include "devices/reset_control.h"
#include "devices/uart16550.h"
#include "machine/device_directory.h"
#include "machine/host_side.h"
#include "machine/irq_wires.h"
#include "minivmm/clock.h"
#include "minivmm/machine_config.h"
#include "minivmm/power_control.h"

namespace minivmm {

/// Ownership: owns the chips; refers to everything in Wiring.
/// Threads: constructor and destructor while no vCPU runs; power_button() from any.
class Chipset {
 public:
  struct Wiring {
    Bus& ports;
    Bus& mmio;
    IrqWires& irqs;
    HostSide& side;
    PowerControl& power;
    const Clock& clock;
  };

  Chipset(const MachineConfig& config, const Wiring& wiring);
  /// Takes the serial ports off their lines first, so that nothing arrives at a chip that is gone.
  ~Chipset();
  Chipset(const Chipset&) = delete;
  Chipset& operator=(const Chipset&) = delete;

  [[nodiscard]] pci::RootBus& root_bus() { return root_bus_; }
  [[nodiscard]] I8042& i8042() { return i8042_; }
  /// Names all of them.
  void list(DeviceDirectory& directory) const;
  /// Routes PIRQA to PIRQH to the ISA interrupts that the ACPI tables name for PIC mode, as
  /// firmware does before it starts a kernel.
  void route_pirqs();
  /// Lets what arrives on the serial lines reach the ports.
  void connect_serials();
  void power_button();

 private:
  struct Com {
    Com(std::string com_name, std::unique_ptr<IrqLine> line, CharBackend& line_backend)
        : name(std::move(com_name)),
          irq(std::move(line)),
          backend(line_backend),
          uart(*irq, line_backend) {}
    std::string name;
    std::unique_ptr<IrqLine> irq;
    CharBackend& backend;
    Uart16550 uart;
  };

  void add_serials();
  void add_debug_ports(const MachineConfig& config);

  const Wiring wiring_;
  std::unique_ptr<IrqLine> sci_;
  std::unique_ptr<IrqLine> rtc_irq_;
  std::unique_ptr<IrqLine> keyboard_irq_;
  std::unique_ptr<IrqLine> mouse_irq_;

  pci::RootBus root_bus_;
  pci::HostBridge host_bridge_;
  pci::IsaBridge isa_bridge_;
  ResetControl reset_control_;
  Port92 port92_;
  pci::ConfigPorts config_ports_;
  pci::Ecam ecam_;
  AcpiPm acpi_pm_;
  CmosRtc rtc_;
  I8042 i8042_;
  std::deque<Com> coms_;
  std::optional<DebugPort> debug_port_;
  std::optional<DebugExit> debug_exit_;
};

}  // namespace minivmm
