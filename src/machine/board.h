#pragma once
// The guest's side of the machine, from power-on to its stop: memory, vCPUs, chips, PCI devices.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bus/bus.h"
#include "devices/fw_cfg.h"
#include "kvm/gsi_routes.h"
#include "kvm/kvm.h"
#include "kvm/memory_windows.h"
#include "kvm/msi.h"
#include "kvm/vcpu.h"
#include "kvm/vm.h"
#include "machine/bar_placement.h"
#include "machine/boot_files.h"
#include "machine/chipset.h"
#include "machine/debug_machine.h"
#include "machine/device_directory.h"
#include "machine/firmware_items.h"
#include "machine/host_side.h"
#include "machine/input_hub.h"
#include "machine/irq_wires.h"
#include "machine/live_side.h"
#include "machine/onlookers.h"
#include "machine/pci_devices.h"
#include "machine/run_control.h"
#include "machine/stop_control.h"
#include "machine/timeline.h"
#include "machine/vcpu_thread.h"
#include "machine/video_memory.h"
#include "memory/ram.h"
#include "minivmm/clock.h"
#include "minivmm/cpu_entry.h"
#include "minivmm/guest_memory.h"
#include "minivmm/machine_config.h"
#include "minivmm/posted_writes.h"

namespace minivmm {

/// A guest's reset is a new Board on the same HostSide (docs/decisions/0002).
///
/// Ownership: owns everything of the guest; refers to Host.
/// Threads: all functions from the machine's thread.
/// Errors: the constructor throws ConfigError or HostError.
class Board {
 public:
  struct Host {
    const kvm::Kvm& kvm;
    HostSide& side;
    const BootFiles& files;
    StopControl& stop;
    RunControl& control;
    DebugMachine& debug;
    Timeline& timeline;
    Onlookers& onlookers;
    LiveSide& live;
  };

  /// Builds the machine and loads the kernel or the firmware: the recipe, in the order that starts
  /// quickest.
  Board(const MachineConfig& config, const Host& host);
  ~Board();
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;

  void start();
  /// After StopControl was requested: vCPUs first, then the disks, which drain and flush.
  void stop();
  void press_power_button() { chipset_.power_button(); }
  /// What a person asked for, between start() and stop().
  void carry_out(RunControl::Wishes wishes);

  /// Null: the machine has no screen. Its functions are called with its lock() held.
  [[nodiscard]] vga::VgaPci* screen() { return pci_devices_.vga(); }

  /// Null: the machine has none.
  [[nodiscard]] BalloonControl* balloon() { return pci_devices_.balloon(); }

  /// What a person does for the guest.
  [[nodiscard]] InputSink& input() { return input_; }
  /// On the vCPU's own thread, at an exit.
  [[nodiscard]] std::uint64_t instruction_pointer(unsigned cpu) const {
    return vcpus_.at(cpu)->registers().rip;
  }
  /// The devices by name.
  [[nodiscard]] const DeviceDirectory& devices() const { return devices_; }

  /// After stop(): each vCPU's exits, by KVM's counters and ours.
  [[nodiscard]] std::string exit_report() const;
  /// After stop(). Throws HostError.
  void write_crash_dump(const std::string& path) const;

 private:
  void kick_vcpus();
  [[nodiscard]] CpuEntry load_guest();
  [[nodiscard]] std::optional<boot::Framebuffer> show_framebuffer();
  [[nodiscard]] CpuEntry load_firmware();
  [[nodiscard]] FirmwareConsole firmware_console() const;
  [[nodiscard]] std::function<void()> call_debugger() const;

  const MachineConfig& config_;
  const Host host_;
  const HostClock clock_;

  Ram ram_;
  std::optional<VideoMemory> video_memory_;
  const GuestMemory memory_;
  kvm::Vm vm_;
  kvm::MemoryWindows windows_;
  std::optional<VideoWindows> video_windows_;
  std::vector<std::unique_ptr<kvm::Vcpu>> vcpus_;
  std::unique_ptr<PostedWrites> posted_writes_;
  kvm::GsiRoutes routes_;
  kvm::IrqFdVectors msi_vectors_;
  Bus ports_;
  Bus mmio_;
  DeviceDirectory devices_{ports_, mmio_};
  IrqWires irqs_;
  Chipset chipset_;
  PciDevices pci_devices_;
  InputHub input_;
  std::optional<FwCfg> fw_cfg_;  // Where firmware boots.
  std::vector<std::unique_ptr<VcpuThread>> threads_;
};

}  // namespace minivmm
