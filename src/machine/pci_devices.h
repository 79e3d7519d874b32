#pragma once
// The PCI devices that a configuration asks for: disks and network cards with their threads, the
// entropy source, the graphics adapter and the tablet that goes with it.

#include <deque>
#include <memory>
#include <vector>

#include "backends/block/disk_image.h"
#include "bus/bus.h"
#include "devices/pci/function.h"
#include "devices/pci/root_bus.h"
#include "devices/vga/vga_pci.h"
#include "devices/virtio/virtio_blk.h"
#include "devices/virtio/virtio_net.h"
#include "devices/virtio/virtio_pci.h"
#include "devices/virtio/virtio_rng.h"
#include "devices/virtio/virtio_tablet.h"
#include "kvm/ioevent_doorbell.h"
#include "kvm/vm.h"
#include "machine/device_directory.h"
#include "machine/disk_thread.h"
#include "machine/guest_services.h"
#include "machine/host_side.h"
#include "machine/ide_drives.h"
#include "machine/input_hub.h"
#include "machine/irq_wires.h"
#include "machine/net_thread.h"
#include "machine/onlookers.h"
#include "machine/stop_control.h"
#include "machine/video_memory.h"
#include "memory/ram.h"
#include "minivmm/block_backend.h"
#include "minivmm/clock.h"
#include "minivmm/guest_memory.h"
#include "minivmm/irq_line.h"
#include "minivmm/machine_config.h"
#include "minivmm/machine_control.h"
#include "minivmm/posted_writes.h"

namespace minivmm {

/// Ownership: owns devices, functions and threads; refers to everything in Wiring.
/// Threads: the machine's.
class PciDevices {
 public:
  struct Wiring {
    const kvm::Vm& vm;
    const GuestMemory& memory;
    const Ram& ram;
    Bus& ports;
    Bus& mmio;
    IrqWires& irqs;
    MsiVectorSource& msi;
    pci::RootBus& root_bus;
    HostSide& side;
    StopControl& stop;
    MachineControl& control;
    const Clock& clock;
    std::span<const std::byte> vga_bios{};  ///< The adapter's ROM; empty: none.
    Onlookers& onlookers;
    kvm::DoorbellKind doorbells = kvm::DoorbellKind::kInKernel;
    const VideoMemory* video_memory;        ///< Null: there is no graphics adapter.
    const VideoWindows* video_windows;      ///< Null if that is.
    PostedWrites* posted_writes = nullptr;  ///< The adapter's; null: each of its writes exits.
  };

  /// virtio's disks take the first slots, in the order in which they were named.
  PciDevices(const MachineConfig& config, const Wiring& wiring);

  /// Device numbers on bus 0 of what interrupts.
  [[nodiscard]] const std::vector<unsigned>& slots() const { return slots_; }
  /// Of the network cards, in their order.
  [[nodiscard]] std::vector<unsigned> card_slots() const;
  [[nodiscard]] const std::vector<pci::PciFunction*>& functions() const { return functions_; }
  /// Null: there is none.
  [[nodiscard]] vga::VgaPci* vga() { return vga_.get(); }

  /// Null: there is no IDE controller.
  [[nodiscard]] IdeDrives* ide() { return ide_.get(); }

  /// Where there is a graphics adapter.
  [[nodiscard]] InputHub::Tablet tablet();

  /// Null: there is none.
  [[nodiscard]] BalloonControl* balloon() { return balloon_.get(); }

  /// Names all of them: virtio-blk0, ...
  void list(DeviceDirectory& directory) const;

  /// The threads of disks, cards and guest services; stop_threads() drains and flushes disks.
  void start_threads();
  void stop_threads();

 private:
  /// A disk and all that is between it and the guest; each part refers to those above it.
  struct Disk {
    Disk(const DiskImage& image, const DiskConfig& config, unsigned number, unsigned queues,
         const pci::PciFunction::Wiring& pins, std::unique_ptr<IrqLine> intx, const Wiring& wiring);
    std::unique_ptr<IrqLine> line;
    std::unique_ptr<BlockBackend> backend;
    virtio::VirtioBlk device;
    virtio::VirtioPci function;
    DiskThread thread;
  };
  /// A network card, the same way.
  struct Nic {
    Nic(const HostSide::Network& network, unsigned number, const pci::PciFunction::Wiring& pins,
        std::unique_ptr<IrqLine> intx, const Wiring& wiring);
    std::unique_ptr<IrqLine> line;
    virtio::VirtioNet device;
    virtio::VirtioPci function;
    NetThread thread;
  };
  struct Tablet {
    Tablet(const pci::PciFunction::Wiring& pins, std::unique_ptr<IrqLine> intx,
           const Wiring& wiring);
    std::unique_ptr<IrqLine> line;
    virtio::VirtioTablet device;
    virtio::VirtioPci function;
  };
  struct Rng {
    Rng(const pci::PciFunction::Wiring& pins, std::unique_ptr<IrqLine> intx, const Wiring& wiring);
    std::unique_ptr<IrqLine> line;
    virtio::VirtioRng device;
    virtio::VirtioPci function;
  };

  /// What connects the next free slot's function; announce() puts it on the bus.
  [[nodiscard]] std::unique_ptr<IrqLine> next_intx();
  [[nodiscard]] pci::PciFunction::Wiring pins(IrqLine& intx) const;
  void announce(pci::PciFunction& function);
  template <typename Device>
  void add_on_its_own(std::unique_ptr<Device>& device);
  void add_nics();
  template <typename Service, typename... More>
  [[nodiscard]] std::unique_ptr<Service> make_service(More&&... more);
  void add_services(const MachineConfig& config);
  void add_vga(const ScreenConfig& screen);
  void add_ide(const MachineConfig& config);

  const Wiring wiring_;
  std::vector<unsigned> slots_;
  std::vector<pci::PciFunction*> functions_;
  std::deque<Disk> disks_;
  std::unique_ptr<IdeDrives> ide_;
  std::deque<Nic> nics_;
  std::unique_ptr<Rng> rng_;
  std::unique_ptr<BalloonService> balloon_;
  std::unique_ptr<ConsoleService> console_;
  std::vector<std::unique_ptr<ShareService>> shares_;
  std::unique_ptr<Tablet> tablet_;
  std::unique_ptr<vga::VgaPci> vga_;
};

}  // namespace minivmm
