#pragma once
// A disk in a regular file or on a block device of the host, byte for byte.

#include <memory>
#include <vector>

#include "backends/block/image_file.h"
#include "minivmm/block_backend.h"
#include "minivmm/machine_config.h"

namespace minivmm {

/// Makes its io_uring in the first turn(), on the thread of the disk, so that a start doesn't wait
/// for it. Where the host refuses io_uring, requests run one after the other in turn() instead
/// (SyncFile), and a line of the log says so.
///
/// Ownership: refers to image, which outlives it: the image stays open and locked while a guest is
/// reset and gets new backends.
/// Threads: the constructor and watch() on any thread; from the first turn() on as BlockBackend
/// says. The destructor on any, once nothing is in flight.
class RawFile final : public BlockBackend {
 public:
  explicit RawFile(const ImageFile& image);
  ~RawFile() override;

  [[nodiscard]] const BlockInfo& info() const override { return image_.info(); }
  void watch(int event_fd) override;
  void start(BlockRequest request) override;
  void turn(Wait wait, std::vector<BlockCompletion>& done) override;
  [[nodiscard]] std::size_t in_flight() const override;

 private:
  void make_engine();

  const ImageFile& image_;
  std::vector<int> watched_;           // Until the engine exists.
  std::vector<BlockRequest> waiting_;  // Likewise.
  std::unique_ptr<BlockBackend> engine_;
};

}  // namespace minivmm
