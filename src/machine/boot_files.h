#pragma once
// The files that a guest starts from, and putting them into its memory.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "boot/boot_parameters.h"
#include "boot/kernel_image.h"
#include "host/mapping.h"
#include "minivmm/machine_config.h"

namespace minivmm {

/// Whether firmware starts this machine's guest: no kernel was named, but a disk, a CD, firmware or
/// the network to start from.
[[nodiscard]] bool boots_firmware(const MachineConfig& config);

/// Whether there is a disc that the firmware tries, where no disk starts.
[[nodiscard]] bool starts_from_disc(const MachineConfig& config);

/// The kernel (or the embedded demo guest), its initrd and modules; or the firmware: opened and
/// recognised once, for every start of the guest.
///
/// Errors: the constructor throws ConfigError. Threads: one at a time.
class BootFiles {
 public:
  explicit BootFiles(const MachineConfig& config);

  /// The firmware's image; empty where a kernel is booted directly.
  [[nodiscard]] std::span<const std::byte> firmware() const {
    return firmware_ ? firmware_->bytes() : std::span<const std::byte>{};
  }
  /// The graphics adapter's ROM; empty where no firmware would run it.
  [[nodiscard]] std::span<const std::byte> vga_bios() const {
    return vga_bios_ ? vga_bios_->bytes() : std::span<const std::byte>{};
  }
  /// The network cards' ROM; empty where nothing is to be started from the network.
  [[nodiscard]] std::span<const std::byte> network_rom() const {
    return network_rom_ ? network_rom_->bytes() : std::span<const std::byte>{};
  }
  /// The kernel, where there is no firmware.
  [[nodiscard]] const boot::KernelImage& image() const { return image_; }
  /// With command line, initrd and modules; the rest is the caller's to fill.
  [[nodiscard]] boot::BootParameters parameters() const;
  /// Gives the files' pages back to the host; they come again when they are looked at.
  void release_pages() const;

 private:
  struct ModuleFile {
    FileView file;
    std::string cmdline;
  };

  const std::string cmdline_;
  std::optional<FileView> firmware_;
  std::optional<FileView> vga_bios_;
  std::optional<FileView> network_rom_;
  std::optional<FileView> kernel_;
  std::optional<FileView> initrd_;
  std::vector<ModuleFile> modules_;
  boot::KernelImage image_;
};

}  // namespace minivmm
