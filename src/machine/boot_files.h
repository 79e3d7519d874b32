#pragma once
// The files that a guest starts from, and putting them into its memory.

#include <optional>
#include <string>
#include <vector>

#include "boot/boot_parameters.h"
#include "boot/kernel_image.h"
#include "host/mapping.h"
#include "minivmm/machine_config.h"

namespace minivmm {

/// The kernel (or the embedded demo guest), its initrd and modules: opened and recognised once, for
/// every start of the guest.
///
/// Errors: the constructor throws ConfigError. Threads: one at a time.
class BootFiles {
 public:
  explicit BootFiles(const MachineConfig& config);

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
  std::optional<FileView> kernel_;
  std::optional<FileView> initrd_;
  std::vector<ModuleFile> modules_;
  boot::KernelImage image_;
};

}  // namespace minivmm
