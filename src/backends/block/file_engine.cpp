#include "backends/block/file_engine.h"

#include "backends/block/sync_file.h"
#include "backends/block/uring_file.h"
#include "host/log.h"
#include "minivmm/error.h"

namespace minivmm {

std::unique_ptr<FileEngine> make_file_engine(const ImageFile& image,
                                             const std::vector<int>& watched) {
  std::unique_ptr<FileEngine> engine;
  try {
    engine = std::make_unique<UringFile>(image);
  } catch (const HostError& refusal) {
    log::info("disk '{}': {}; requests run one after the other, slower", image.path(),
              refusal.what());
    engine = std::make_unique<SyncFile>(image);
  }
  for (const int fd : watched) engine->watch(fd);
  return engine;
}

}  // namespace minivmm
