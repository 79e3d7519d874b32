#include "machine/validate.h"

#include <fmt/core.h>

#include <algorithm>

#include "machine/guest_services.h"
#include "machine/ide_places.h"
#include "machine/layout.h"
#include "machine/network_config.h"
#include "machine/screen_config.h"
#include "memory/ram.h"
#include "minivmm/error.h"

namespace minivmm {
namespace {

using namespace layout;

// Room for the first MiB's structures and the smallest of kernels.
constexpr std::uint64_t kLeastMemory = 4 * kMiB;
// KVM: a memory slot has at most 2^31 - 1 pages (KVM_MEM_MAX_NR_PAGES).
constexpr std::uint64_t kMostMemory = 4096 * kGiB;
constexpr std::size_t kMostSerials = 4;
constexpr std::size_t kMostDevices =
    kIdeSlot - kFirstFreeSlot - 2;  // Two are the RNG's and the tablet's.

void check_memory(std::uint64_t memory) {
  if (memory < kLeastMemory || memory > kMostMemory)
    throw ConfigError(fmt::format("memory of {} is out of range: give --mem from {}M to {}T",
                                  bytes_text(memory), kLeastMemory / kMiB,
                                  kMostMemory / (1024 * kGiB)));
  if (memory % (4 * kKiB) != 0)
    throw ConfigError(fmt::format(
        "memory of {} bytes is not a whole number of pages: give a multiple of 4K", memory));
}

void check_serials(const MachineConfig& config) {
  if (config.serials.size() > kMostSerials)
    throw ConfigError(
        fmt::format("{} serial lines are too many: a PC has COM1 to COM4", config.serials.size()));
  const auto on_terminal = std::ranges::count(config.serials, CharKind::kStdio, &CharConfig::kind);
  if (on_terminal > 1)
    throw ConfigError(
        "two serial lines on stdio would mix: give one of them none, pty, file:PATH or unix:PATH");
}

void check_devices(const MachineConfig& config) {
  const auto ide =
      static_cast<std::size_t>(std::ranges::count(config.disks, DiskBus::kIde, &DiskConfig::bus));
  if (config.shares.size() > kMostDevices)
    throw ConfigError(fmt::format("{} shared folders are too many: there is room for {}",
                                  config.shares.size(), kMostDevices));
  const std::size_t others =
      count_services(config) + std::min<std::size_t>(card_count(config), kMostNics);
  const std::size_t room = kMostDevices - std::min(others, kMostDevices);
  if (config.disks.size() - ide > room)
    throw ConfigError(fmt::format("{} disks are too many: there is room for {}",
                                  config.disks.size() - ide, room));
  const std::size_t places = ide_disk_places(config).size();
  if (ide > places)
    throw ConfigError(fmt::format(
        "{} disks are too many for IDE, which has room for {}{}: give others bus=virtio", ide,
        places, config.cdrom ? " beside the CD-ROM drive" : ""));
}

void check_boot(const MachineConfig& config) {
  if (!config.kernel.empty() && !config.firmware.empty())
    throw ConfigError(
        "a kernel is booted without firmware: leave out --firmware, or leave out the kernel to "
        "start from a disk");
  if (!config.kernel.empty()) return;
  if (!config.initrd.empty() || !config.cmdline.empty() || !config.modules.empty())
    throw ConfigError(
        "--initrd, --cmdline and --module are for a kernel: name one with --kernel FILE");
}

void check_boot_order(const MachineConfig& config) {
  const std::vector<BootDevice>& order = config.boot_order;
  if (order == std::vector{BootDevice::kCdrom} && !config.cdrom && config.kernel.empty())
    throw ConfigError("--boot cd needs a CD-ROM drive to start from: give --cdrom ISO");
  if (order.empty()) throw ConfigError("nothing is left to start from: give --boot disk");
  for (auto device = order.begin(); device != order.end(); ++device) {
    if (std::find(order.begin(), device, *device) != device)
      throw ConfigError("--boot names a device twice: name each once, as in --boot disk,cd");
  }
}

}  // namespace

void validate(const MachineConfig& config) {
  check_memory(config.memory);
  if (config.cpus == 0)
    throw ConfigError("a machine with 0 processors runs nothing: give --cpus 1 or more");
  check_serials(config);
  check_services(config);
  check_devices(config);
  check_boot(config);
  check_screen(config);
  check_networks(config);
  check_boot_order(config);
}

}  // namespace minivmm
