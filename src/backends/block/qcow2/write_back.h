#pragma once
// Brings an image's metadata to the disk, in an order that a crash can't spoil.

#include <cstdint>
#include <functional>
#include <vector>

#include "backends/block/qcow2/image.h"
#include "backends/block/qcow2/operations.h"

namespace minivmm::qcow2 {

/// One run at a time: what has to be stable by then waits for the next. Where the host refuses,
/// all that was to be written still is, by the next run.
///
/// Ownership: refers to image and operations, which outlive it. Threads: the disk's.
class WriteBack {
 public:
  struct Events {
    std::function<void(std::uint32_t request, int error)> on_flushed;
    std::function<void(int error)> on_end;  ///< Tables may have become clean.
  };
  WriteBack(Image& image, Operations& operations, Events events);

  /// on_flushed(request) when all that had completed before, data too, is on stable storage.
  void flush(std::uint32_t request);
  /// Makes tables clean, so that others find room.
  void start();
  [[nodiscard]] bool running() const { return running_; }
  /// After operations ended.
  void poll();

 private:
  void begin();
  void write_stage();
  void make_stable();
  void stages_written();
  void punch_holes();
  void free_clusters();
  void end(int error);
  void fail(int error);

  Image& image_;
  Operations& operations_;
  const Events events_;
  std::vector<std::uint32_t> waiting_;
  std::vector<std::uint32_t> served_;
  Image::WriteBack work_;
  std::size_t stage_ = 0;
  unsigned pending_ = 0;
  int error_ = 0;
  bool running_ = false;
  bool frees_ = false;       // The second half: clusters that are not used any more.
  bool awaits_old_ = false;  // Until nobody reads or writes those.
};

}  // namespace minivmm::qcow2
