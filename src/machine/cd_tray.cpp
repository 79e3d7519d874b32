#include "machine/cd_tray.h"

#include "backends/block/disc_image.h"

namespace minivmm {

std::unique_ptr<ImageFile> open_disc(const CdromConfig& config) {
  if (config.path.empty()) return nullptr;
  check_disc_image(config.path, config.any ? DiscKind::kAny : DiscKind::kKnown);
  return std::make_unique<ImageFile>(DiskConfig{.path = config.path, .read_only = true});
}

}  // namespace minivmm
