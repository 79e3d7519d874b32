#include "machine/boot_sector.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace minivmm {
namespace {

constexpr std::array<unsigned char, 2> kSignature{0x55, 0xaa};

enum class Found { kBootSector, kNone, kUnknown };

Found look_for_boot_sector(const DiskImage& image) {
  if (image.qcow2() != nullptr) return Found::kUnknown;
  std::array<unsigned char, kSectorSize> sector{};
  const ssize_t got = ::pread(image.file().cached_fd(), sector.data(), sector.size(), 0);
  if (got != static_cast<ssize_t>(sector.size())) return Found::kUnknown;
  return std::equal(kSignature.begin(), kSignature.end(), sector.end() - kSignature.size())
             ? Found::kBootSector
             : Found::kNone;
}

}  // namespace

std::string boot_sector_warning(const std::vector<BootDevice>& order,
                                const std::vector<std::unique_ptr<DiskImage>>& disks) {
  if (std::ranges::find(order, BootDevice::kDisk) == order.end()) return {};
  if (disks.empty())
    return "there is no disk to start from: the guest will find no bootable device (give a --disk)";
  const auto bootable = [](const auto& disk) {
    return look_for_boot_sector(*disk) == Found::kBootSector;
  };
  if (look_for_boot_sector(*disks.front()) != Found::kNone) return {};
  const bool another = std::any_of(disks.begin() + 1, disks.end(), bootable);
  return fmt::format(
      "disk '{}' has no boot sector: the guest will find no bootable device ({})",
      disks.front()->path(),
      another ? "name the disk to start from first" : "install a system on it, or name a --kernel");
}

}  // namespace minivmm
