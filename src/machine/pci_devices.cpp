#include "machine/pci_devices.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "kvm/ioevent_doorbell.h"
#include "machine/disk_backend.h"
#include "machine/ide_places.h"
#include "machine/layout.h"

namespace minivmm {
namespace {

constexpr unsigned kIntA = 0;

// One queue for each vCPU; beyond this a disk's one thread gains nothing.
constexpr unsigned kMostQueues = 16;

// Doorbells wake the device's thread, wherever it waits: its backend watches them.
template <typename Backend>
virtio::VirtioPci::DoorbellFactory watched_doorbells(const kvm::Vm& vm, kvm::DoorbellKind kind,
                                                     Backend& backend) {
  return [&vm, kind, &backend] {
    auto doorbell = std::make_unique<kvm::IoEventDoorbell>(vm, kind);
    backend.watch(doorbell->fd());
    return doorbell;
  };
}

// A card's: its queues come in pairs, and the network may take a pair's doorbells for itself. The
// control queue's is no pair's, wherever it is.
virtio::VirtioPci::DoorbellFactory card_doorbells(const kvm::Vm& vm, kvm::DoorbellKind kind,
                                                  NetBackend& network) {
  return [&vm, kind, &network, queue = 0u]() mutable {
    auto doorbell = std::make_unique<kvm::IoEventDoorbell>(vm, kind);
    network.watch(doorbell->fd(), queue++ / 2);
    return doorbell;
  };
}

// The same network, a new machine: nothing of the one before stays.
NetBackend& begun(NetBackend& backend) {
  backend.begin();
  return backend;
}

}  // namespace

PciDevices::Disk::Disk(const DiskImage& image, const DiskConfig& config, unsigned number,
                       unsigned queues, const pci::PciFunction::Wiring& pins,
                       std::unique_ptr<IrqLine> intx, const Wiring& wiring)
    : line(std::move(intx)),
      backend(make_disk_backend(image, wiring.control)),
      device(wiring.memory, *backend,
             {.name = config.path,
              .serial = config.serial,
              .queues = static_cast<std::uint16_t>(queues)},
             wiring.onlookers.requests(number)),
      function(pins, wiring.msi, device, watched_doorbells(wiring.vm, wiring.doorbells, *backend)),
      thread(fmt::format("disk-{}", number),
             {.disk = device, .lock = function.lock(), .backend = *backend, .stop = wiring.stop}) {}

PciDevices::Nic::Nic(const HostSide::Network& network, unsigned number,
                     const pci::PciFunction::Wiring& pins, std::unique_ptr<IrqLine> intx,
                     const Wiring& wiring)
    : line(std::move(intx)),
      device(wiring.memory, begun(*network.backend),
             {.mac = network.mac,
              .queue_pairs = static_cast<std::uint16_t>(network.backend->info().queue_pairs)},
             wiring.onlookers.frames(number)),
      function(pins, wiring.msi, device,
               card_doorbells(wiring.vm, wiring.doorbells, *network.backend)),
      thread(fmt::format("net-{}", number), {.card = device,
                                             .lock = function.lock(),
                                             .backend = *network.backend,
                                             .stop = wiring.stop}) {}

PciDevices::Rng::Rng(const pci::PciFunction::Wiring& pins, std::unique_ptr<IrqLine> intx,
                     const Wiring& wiring)
    : line(std::move(intx)), device(wiring.memory), function(pins, wiring.msi, device) {}

PciDevices::Tablet::Tablet(const pci::PciFunction::Wiring& pins, std::unique_ptr<IrqLine> intx,
                           const Wiring& wiring)
    : line(std::move(intx)), device(wiring.memory), function(pins, wiring.msi, device) {}

PciDevices::PciDevices(const MachineConfig& config, const Wiring& wiring) : wiring_(wiring) {
  const unsigned queues = std::min(config.cpus, kMostQueues);
  for (unsigned number = 0; number < config.disks.size(); ++number) {
    if (config.disks[number].bus != DiskBus::kVirtio) continue;
    auto intx = next_intx();
    const auto wires = pins(*intx);
    announce(disks_
                 .emplace_back(*wiring.side.images().at(number), config.disks[number], number,
                               queues, wires, std::move(intx), wiring_)
                 .function);
  }
  if (has_ide(config)) add_ide(config);
  add_on_its_own(rng_);
  add_services(config);
  if (wiring.video_memory != nullptr) {
    add_on_its_own(tablet_);
    add_vga(config.screen);
  }
  // Last: their slots are not the next free ones.
  add_nics();
}

void PciDevices::add_nics() {
  for (unsigned number = 0; number < wiring_.side.networks().size(); ++number) {
    slots_.push_back(layout::kFirstNicSlot - number);
    auto intx = wiring_.irqs.pirqs().connect(slots_.back(), kIntA);
    const auto wires = pins(*intx);
    announce(
        nics_.emplace_back(wiring_.side.networks()[number], number, wires, std::move(intx), wiring_)
            .function);
  }
}

template <typename Device>
void PciDevices::add_on_its_own(std::unique_ptr<Device>& device) {
  auto intx = next_intx();
  const auto wires = pins(*intx);
  device = std::make_unique<Device>(wires, std::move(intx), wiring_);
  announce(device->function);
}

template <typename Service, typename... More>
std::unique_ptr<Service> PciDevices::make_service(More&&... more) {
  auto intx = next_intx();
  const auto wires = pins(*intx);
  auto service = std::make_unique<Service>(wires, std::move(intx),
                                           ServiceWiring{.vm = wiring_.vm,
                                                         .memory = wiring_.memory,
                                                         .msi = wiring_.msi,
                                                         .stop = wiring_.stop,
                                                         .doorbells = wiring_.doorbells},
                                           std::forward<More>(more)...);
  announce(service->function());
  return service;
}

void PciDevices::add_services(const MachineConfig& config) {
  if (has_balloon(config)) balloon_ = make_service<BalloonService>(wiring_.ram);
  if (wiring_.side.console() != nullptr)
    console_ = make_service<ConsoleService>(wiring_.side, config.console.kind);
  for (std::size_t number = 0; number < config.shares.size(); ++number)
    shares_.push_back(make_service<ShareService>(*wiring_.side.shares().at(number),
                                                 config.shares[number], number));
}

InputHub::Tablet PciDevices::tablet() {
  if (!tablet_) return {};
  return {.device = &tablet_->device, .function = &tablet_->function};
}

void PciDevices::add_vga(const ScreenConfig& screen) {
  vga_ = std::make_unique<vga::VgaPci>(
      vga::VgaPci::Pins{.mmio = wiring_.mmio,
                        .ports = wiring_.ports,
                        .memory = wiring_.video_memory->memory.bytes(),
                        .framebuffer = wiring_.video_windows->framebuffer,
                        .legacy = wiring_.video_windows->legacy,
                        .clock = wiring_.clock,
                        .rom = wiring_.vga_bios,
                        .preferred = {screen.width, screen.height},
                        .posted = wiring_.posted_writes});
  wiring_.root_bus.add(layout::kVgaSlot, 0, *vga_);
  functions_.push_back(vga_.get());
}

void PciDevices::add_ide(const MachineConfig& config) {
  ide_ = std::make_unique<IdeDrives>(config,
                                     IdeDrives::Wiring{.memory = wiring_.memory,
                                                       .ports = wiring_.ports,
                                                       .mmio = wiring_.mmio,
                                                       .side = wiring_.side,
                                                       .stop = wiring_.stop,
                                                       .control = wiring_.control,
                                                       .onlookers = wiring_.onlookers},
                                     IdeDrives::Irqs{wiring_.irqs.isa(layout::kIdePrimaryGsi),
                                                     wiring_.irqs.isa(layout::kIdeSecondaryGsi)});
  wiring_.root_bus.add(layout::kIdeSlot, 0, ide_->controller());
  functions_.push_back(&ide_->controller());
}

std::unique_ptr<IrqLine> PciDevices::next_intx() {
  slots_.push_back(layout::kFirstFreeSlot + static_cast<unsigned>(slots_.size()));
  return wiring_.irqs.pirqs().connect(slots_.back(), kIntA);
}

pci::PciFunction::Wiring PciDevices::pins(IrqLine& intx) const {
  return {.mmio = &wiring_.mmio, .ports = &wiring_.ports, .intx = &intx};
}

void PciDevices::announce(pci::PciFunction& function) {
  const unsigned slot = slots_.back();
  wiring_.root_bus.add(slot, 0, function);
  functions_.push_back(&function);
  // As firmware leaves it: the PIC interrupt that the pin is routed to (PCI 3.0, 6.2.4).
  const std::byte irq{layout::kPirqIsaIrqs[pci::PirqRouter::pirq_of(slot, kIntA)]};
  const std::lock_guard guard(function.lock());
  function.config_write(pci::kInterruptLine, {&irq, 1});
}

void PciDevices::list(DeviceDirectory& directory) const {
  for (std::size_t i = 0; i < disks_.size(); ++i)
    directory.add(fmt::format("virtio-blk{}", i), disks_[i].function);
  if (ide_) ide_->list(directory);
  for (std::size_t i = 0; i < nics_.size(); ++i)
    directory.add(fmt::format("virtio-net{}", i), nics_[i].function);
  directory.add("virtio-rng", rng_->function);
  if (balloon_) directory.add("virtio-balloon", balloon_->function());
  if (console_) directory.add("virtio-console", console_->function());
  for (std::size_t i = 0; i < shares_.size(); ++i)
    directory.add(fmt::format("virtio-9p{}", i), shares_[i]->function());
  if (tablet_) directory.add("tablet", tablet_->function);
  if (vga_) vga_->list([&](const IoDevice& part) { directory.add("vga", part); });
}

std::vector<unsigned> PciDevices::card_slots() const {
  // They were the last to be added.
  return {slots_.end() - static_cast<std::ptrdiff_t>(nics_.size()), slots_.end()};
}

void PciDevices::start_threads() {
  for (Disk& disk : disks_) disk.thread.start();
  if (ide_) ide_->start();
  for (Nic& nic : nics_) nic.thread.start();
  if (balloon_) balloon_->start();
  if (console_) console_->start();
  for (const auto& share : shares_) share->start();
}

void PciDevices::stop_threads() {
  for (Nic& nic : nics_) nic.thread.stop();
  for (Disk& disk : disks_) disk.thread.stop();
  if (ide_) ide_->stop();
  if (balloon_) balloon_->stop();
  if (console_) console_->stop();
  for (const auto& share : shares_) share->stop();
}

}  // namespace minivmm
