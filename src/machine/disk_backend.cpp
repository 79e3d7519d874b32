#include "machine/disk_backend.h"

#include "backends/block/patient_disk.h"

namespace minivmm {

std::unique_ptr<BlockBackend> make_disk_backend(const DiskImage& image, MachineControl& control) {
  return std::make_unique<PatientDisk>(
      image.make_backend(), image.path(),
      PatientDisk::Events{.on_full = [&control] { control.pause(); },
                          .on_room = [&control] { control.resume(); }});
}

}  // namespace minivmm
