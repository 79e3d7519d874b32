#pragma once
// The IDE controller and its drives, each with the thread of its image.

#include <array>
#include <deque>
#include <memory>
#include <optional>

#include "backends/block/disk_image.h"
#include "bus/bus.h"
#include "devices/ide/ata_disk.h"
#include "devices/ide/atapi_cd.h"
#include "devices/ide/controller.h"
#include "devices/ide/image_queue.h"
#include "machine/cd_tray.h"
#include "machine/cd_wishes.h"
#include "machine/device_directory.h"
#include "machine/disk_thread.h"
#include "machine/host_side.h"
#include "machine/onlookers.h"
#include "machine/stop_control.h"
#include "minivmm/block_backend.h"
#include "minivmm/guest_memory.h"
#include "minivmm/irq_line.h"
#include "minivmm/machine_config.h"
#include "minivmm/machine_control.h"

namespace minivmm {

/// Ownership: owns all of it; refers to everything in Wiring.
/// Threads: the machine's.
class IdeDrives {
 public:
  struct Wiring {
    const GuestMemory& memory;
    Bus& ports;
    Bus& mmio;
    HostSide& side;
    StopControl& stop;
    MachineControl& control;
    Onlookers& onlookers;
  };
  /// irqs: ISA interrupts 14 and 15.
  using Irqs = std::array<std::unique_ptr<IrqLine>, ide::Controller::kChannels>;
  IdeDrives(const MachineConfig& config, const Wiring& wiring, Irqs irqs);

  /// To be put on the PCI bus.
  [[nodiscard]] ide::Controller& controller() { return controller_; }

  void list(DeviceDirectory& directory);
  /// For a guest that is booted without firmware; after its BARs have been placed.
  void enable_as_firmware();

  /// The drives' threads; stop() drains and flushes.
  void start();
  void stop();

  /// While the threads run; there is a CD-ROM drive.
  void carry_out(CdWish wish);

 private:
  /// An image with its thread; each part refers to those above it.
  struct Image {
    /// name: the image's, for the log.
    Image(std::unique_ptr<BlockBackend> storage, std::string name, std::string thread_name,
          RequestObserver* onlooker, std::mutex& lock, StopControl& stop);
    std::unique_ptr<BlockBackend> backend;
    ide::ImageQueue queue;
    DiskThread thread;
  };
  struct Disk {
    Disk(const DiskImage& file, const DiskConfig& config, unsigned number, std::mutex& lock,
         const Wiring& wiring);
    Image image;
    ide::AtaDisk drive;
  };

  void add_disks(const MachineConfig& config);
  void add_cd();
  void make_disc();
  void eject();
  void take_disc_out();
  void insert(std::unique_ptr<ImageFile> disc);

  const Wiring wiring_;
  const Irqs irqs_;
  ide::Controller controller_;
  std::deque<Disk> disks_;
  std::unique_ptr<ide::AtapiCd> cd_;
  std::unique_ptr<Image> disc_;  // The CD-ROM drive's; null: there is none in it.
  bool asked_to_eject_ = false;  // And the guest has not done so yet.
};

}  // namespace minivmm
