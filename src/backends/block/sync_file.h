#pragma once
// A disk without io_uring: one request after the other, in turn().

#include <utility>
#include <vector>

#include "backends/block/file_engine.h"

namespace minivmm {

/// Threads and errors as BlockBackend says. Ownership: refers to image, which outlives it.
class SyncFile final : public FileEngine {
 public:
  explicit SyncFile(const ImageFile& image) : image_(image) {}

  [[nodiscard]] const BlockInfo& info() const override { return image_.info(); }
  void watch(int event_fd) override { watched_.push_back(event_fd); }
  void start(BlockRequest request) override { start_on(image_, std::move(request)); }
  void start_on(const ImageFile& file, BlockRequest request) override {
    waiting_.emplace_back(&file, std::move(request));
  }
  void turn(Wait wait, std::vector<BlockCompletion>& done) override;
  [[nodiscard]] std::size_t in_flight() const override { return waiting_.size(); }

 private:
  void wait_for_event() const;

  const ImageFile& image_;
  std::vector<int> watched_;
  std::vector<std::pair<const ImageFile*, BlockRequest>> waiting_;
};

}  // namespace minivmm
