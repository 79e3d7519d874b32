#include "machine/boot_files.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "boot/firmware.h"
#include "demo_image.h"
#include "host/log.h"
#include "machine/screen_config.h"
#include "minivmm/error.h"

namespace minivmm {
namespace {

boot::KernelImage look_at(const std::optional<FileView>& kernel, const std::string& path) {
  boot::KernelImage image =
      kernel ? boot::sniff(kernel->bytes(), path) : boot::sniff(demo_guest(), "the demo guest");
  log::info("{}: {}", image.name, image.description);
  return image;
}

void refuse_what_the_kernel_cannot_take(const MachineConfig& config, boot::KernelKind kind) {
  const bool linux_protocol =
      kind == boot::KernelKind::kBzImage || kind == boot::KernelKind::kElf64;
  if (linux_protocol && !config.modules.empty())
    throw ConfigError("a Linux kernel takes no multiboot modules: give it an --initrd");
}

bool has_disc(const MachineConfig& config) {
  return config.cdrom && !config.cdrom->path.empty();
}

// Null: none of them.
const char* first_there(std::span<const char* const> paths) {
  const auto found =
      std::ranges::find_if(paths, [](const char* path) { return ::access(path, F_OK) == 0; });
  return found == paths.end() ? nullptr : *found;
}

// Where distributions put SeaBIOS for virtual machines: Debian and Fedora, Arch, QEMU's own.
constexpr std::array<const char*, 3> kSeaBios{"/usr/share/seabios/bios-256k.bin",
                                              "/usr/share/qemu/bios-256k.bin",
                                              "/usr/local/share/qemu/bios-256k.bin"};

std::string firmware_path(const MachineConfig& config) {
  if (!config.firmware.empty()) return config.firmware;
  if (const char* path = first_there(kSeaBios)) return path;
  throw ConfigError(
      "starting from a disk needs a BIOS, and SeaBIOS is not installed: install the package "
      "seabios, or name a BIOS image with --firmware FILE");
}

// The video BIOS that comes with SeaBIOS, for the adapter that this machine has.
constexpr std::array<const char*, 3> kVgaBios{"/usr/share/seabios/vgabios-stdvga.bin",
                                              "/usr/share/qemu/vgabios-stdvga.bin",
                                              "/usr/local/share/qemu/vgabios-stdvga.bin"};

std::optional<FileView> open_vga_bios() {
  if (const char* path = first_there(kVgaBios)) return FileView(path, "video BIOS");
  log::warning(
      "no video BIOS found: the screen stays black until the guest has a driver for it; install "
      "the package seabios");
  return std::nullopt;
}

// iPXE for virtio cards: Debian, Fedora, QEMU's own.
constexpr std::array<const char*, 3> kNetworkRoms{"/usr/lib/ipxe/qemu/pxe-virtio.rom",
                                                  "/usr/share/ipxe/1af41000.rom",
                                                  "/usr/share/qemu/pxe-virtio.rom"};

bool starts_from_network(const MachineConfig& config) {
  return std::ranges::find(config.boot_order, BootDevice::kNetwork) != config.boot_order.end();
}

std::optional<FileView> open_network_rom() {
  if (const char* path = first_there(kNetworkRoms)) return FileView(path, "network boot ROM");
  log::warning(
      "nothing can be started from the network: iPXE is not installed; install the package "
      "ipxe-qemu");
  return std::nullopt;
}

FileView open_firmware(const std::string& path) {
  FileView file(path, "firmware");
  boot::check_firmware(file.bytes(), path);
  log::info("{}: firmware", path);
  return file;
}

}  // namespace

bool starts_from_disc(const MachineConfig& config) {
  const auto& order = config.boot_order;
  return has_disc(config) && std::ranges::find(order, BootDevice::kCdrom) != order.end();
}

bool boots_firmware(const MachineConfig& config) {
  if (!config.kernel.empty()) return false;
  return !config.disks.empty() || has_disc(config) || !config.firmware.empty() ||
         starts_from_network(config);
}

BootFiles::BootFiles(const MachineConfig& config) : cmdline_(config.cmdline) {
  if (boots_firmware(config)) {
    firmware_.emplace(open_firmware(firmware_path(config)));
    if (has_screen(config)) vga_bios_ = open_vga_bios();
    if (starts_from_network(config)) network_rom_ = open_network_rom();
    return;
  }
  if (!config.kernel.empty()) kernel_.emplace(config.kernel, "kernel");
  if (!config.initrd.empty()) initrd_.emplace(config.initrd, "initrd");
  for (const std::string& module : config.modules) {
    const std::size_t space = module.find(' ');
    modules_.push_back({FileView(module.substr(0, space), "module"),
                        space == std::string::npos ? "" : module.substr(space + 1)});
  }
  image_ = look_at(kernel_, config.kernel);
  refuse_what_the_kernel_cannot_take(config, image_.kind);
}

boot::BootParameters BootFiles::parameters() const {
  boot::BootParameters parameters;
  parameters.cmdline = cmdline_;
  if (initrd_) parameters.initrd = initrd_->bytes();
  for (const ModuleFile& module : modules_)
    parameters.modules.push_back({module.file.bytes(), module.cmdline});
  return parameters;
}

void BootFiles::release_pages() const {
  if (kernel_) kernel_->release_pages();
  if (initrd_) initrd_->release_pages();
  for (const ModuleFile& module : modules_) module.file.release_pages();
}

}  // namespace minivmm
