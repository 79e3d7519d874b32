#pragma once
// A disk without io_uring: one request after the other, in turn().

#include <vector>

#include "backends/block/image_file.h"
#include "minivmm/block_backend.h"

namespace minivmm {

/// Threads and errors as BlockBackend says. Ownership: refers to image, which outlives it.
class SyncFile final : public BlockBackend {
 public:
  explicit SyncFile(const ImageFile& image) : image_(image) {}

  [[nodiscard]] const BlockInfo& info() const override { return image_.info(); }
  void watch(int event_fd) override { watched_.push_back(event_fd); }
  void start(BlockRequest request) override { waiting_.push_back(std::move(request)); }
  void turn(Wait wait, std::vector<BlockCompletion>& done) override;
  [[nodiscard]] std::size_t in_flight() const override { return waiting_.size(); }

 private:
  void wait_for_event() const;

  const ImageFile& image_;
  std::vector<int> watched_;
  std::vector<BlockRequest> waiting_;
};

}  // namespace minivmm
