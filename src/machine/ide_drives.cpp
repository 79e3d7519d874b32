#include "machine/ide_drives.h"

#include <fmt/core.h>

#include <utility>

#include "backends/block/raw_file.h"
#include "host/log.h"
#include "machine/disk_backend.h"
#include "machine/ide_places.h"
#include "machine/layout.h"

namespace minivmm {
namespace {

// A guest tells drives apart by their serial numbers; a disk's can be named.
constexpr const char* kCdSerial = "MVCD0";

std::string disk_serial(const DiskConfig& config, unsigned number) {
  return config.serial.empty() ? fmt::format("MVHD{}", number) : config.serial;
}

}  // namespace

IdeDrives::Image::Image(std::unique_ptr<BlockBackend> storage, std::string name,
                        std::string thread_name, RequestObserver* onlooker, std::mutex& lock,
                        StopControl& stop)
    : backend(std::move(storage)),
      queue({.backend = *backend,
             .wake = [this] { thread.wake(); },
             .name = std::move(name),
             .onlooker = onlooker}),
      thread(std::move(thread_name),
             {.disk = queue, .lock = lock, .backend = *backend, .stop = stop}) {}

IdeDrives::Disk::Disk(const DiskImage& file, const DiskConfig& config, unsigned number,
                      std::mutex& lock, const Wiring& wiring)
    : image(make_disk_backend(file, wiring.control), file.path(), fmt::format("disk-{}", number),
            wiring.onlookers.requests(number), lock, wiring.stop),
      drive(image.queue, {.name = config.path, .serial = disk_serial(config, number)}) {}

IdeDrives::IdeDrives(const MachineConfig& config, const Wiring& wiring, Irqs irqs)
    : wiring_(wiring),
      irqs_(std::move(irqs)),
      controller_({.mmio = wiring.mmio,
                   .ports = wiring.ports,
                   .memory = wiring.memory,
                   .lines = {irqs_[0].get(), irqs_[1].get()}}) {
  // The CD-ROM drive first: a slave is there only beside a master.
  if (config.cdrom) add_cd();
  add_disks(config);
}

void IdeDrives::add_disks(const MachineConfig& config) {
  const std::vector<IdePlace> places = ide_disk_places(config);
  for (unsigned number = 0; number < config.disks.size(); ++number) {
    if (config.disks[number].bus != DiskBus::kIde) continue;
    const IdePlace place = places.at(disks_.size());
    Disk& disk = disks_.emplace_back(*wiring_.side.images().at(number), config.disks[number],
                                     number, controller_.lock(), wiring_);
    controller_.channel(place.channel).attach(place.unit, disk.drive);
  }
}

void IdeDrives::add_cd() {
  CdTray& tray = *wiring_.side.cd_tray();
  cd_ = std::make_unique<ide::AtapiCd>(ide::AtapiCd::Options{
      .serial = kCdSerial, .tray_moved = [&tray](bool open) { tray.set_open(open); }});
  make_disc();
  cd_->load(disc_ ? &disc_->queue : nullptr, tray.open());
  controller_.channel(kCdromPlace.channel).attach(kCdromPlace.unit, *cd_);
}

void IdeDrives::make_disc() {
  if (const ImageFile* file = wiring_.side.cd_tray()->disc())
    disc_ = std::make_unique<Image>(std::make_unique<RawFile>(*file), file->path(), "cd", nullptr,
                                    controller_.lock(), wiring_.stop);
}

void IdeDrives::list(DeviceDirectory& directory) {
  directory.add("ide", controller_);
  for (unsigned i = 0; i < ide::Controller::kChannels; ++i) {
    const std::string name = fmt::format("ide{}", i);
    directory.add(name, controller_.channel(i).command_block());
    directory.add(name, controller_.channel(i).control_block());
  }
}

void IdeDrives::enable_as_firmware() {
  const std::lock_guard guard(controller_.lock());
  controller_.enable_as_firmware();
}

void IdeDrives::start() {
  for (Disk& disk : disks_) disk.image.thread.start();
  if (disc_) disc_->thread.start();
}

void IdeDrives::stop() {
  for (Disk& disk : disks_) disk.image.thread.stop();
  if (disc_) disc_->thread.stop();
}

// --- The disc
// ---------------------------------------------------------------------------------------

void IdeDrives::carry_out(CdWish wish) {
  if (wish.disc)
    insert(std::move(wish.disc));
  else
    eject();
}

void IdeDrives::eject() {
  {
    const std::lock_guard guard(controller_.lock());
    if (std::exchange(asked_to_eject_, false)) cd_->force_open();
    if (cd_->press_eject() == ide::AtapiCd::Eject::kAsked) {
      asked_to_eject_ = true;
      log::warning(
          "the guest has the CD locked, and is asked for it; a second time opens the drive");
      return;
    }
  }
  take_disc_out();
}

// What the guest has asked for is answered first; then its thread and its file go.
void IdeDrives::take_disc_out() {
  if (!disc_) return;
  disc_->thread.stop();
  {
    const std::lock_guard guard(controller_.lock());
    cd_->take_out();
  }
  disc_.reset();
  wiring_.side.cd_tray()->put(nullptr);
}

void IdeDrives::insert(std::unique_ptr<ImageFile> disc) {
  take_disc_out();
  wiring_.side.cd_tray()->put(std::move(disc));
  make_disc();
  {
    const std::lock_guard guard(controller_.lock());
    asked_to_eject_ = false;
    cd_->insert(disc_->queue);
  }
  disc_->thread.start();
}

}  // namespace minivmm
