#include "machine/boot_files.h"

#include <utility>

#include "demo_image.h"
#include "host/log.h"
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

}  // namespace

BootFiles::BootFiles(const MachineConfig& config) : cmdline_(config.cmdline) {
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
