#pragma once
// What a --disk names, opened: a raw image, or a qcow2 image with all that backs it.

#include <memory>
#include <string>
#include <vector>

#include "backends/block/image_file.h"
#include "backends/block/qcow2/image.h"
#include "minivmm/block_backend.h"
#include "minivmm/machine_config.h"

namespace minivmm {

/// Stays open and locked while a guest is reset and gets new backends; one of them at a time.
///
/// Threads: made on any; a backend that it made is of the disk's.
/// Errors: the constructor throws ConfigError as ImageFile does, and for a qcow2 image that can't
/// be used, or names a backing file that may not or can't be; or HostError.
class DiskImage {
 public:
  explicit DiskImage(const DiskConfig& config);
  ~DiskImage();
  DiskImage(const DiskImage&) = delete;
  DiskImage& operator=(const DiskImage&) = delete;

  [[nodiscard]] const std::string& path() const { return layers_.front().file->path(); }
  /// Of the guest's disk.
  [[nodiscard]] const BlockInfo& info() const { return info_; }
  /// The image's own file.
  [[nodiscard]] const ImageFile& file() const { return *layers_.front().file; }
  /// Null: it is raw.
  [[nodiscard]] qcow2::Image* qcow2() const { return layers_.front().image.get(); }

  /// Refers to this. The one before has nothing in flight any more.
  [[nodiscard]] std::unique_ptr<BlockBackend> make_backend() const;

 private:
  struct Layer {
    std::unique_ptr<ImageFile> file;
    std::unique_ptr<qcow2::Image> image;  // Null: it is raw.
    [[nodiscard]] std::uint64_t size() const {
      return image ? image->header().size : file->info().size;
    }
  };
  void open(const DiskConfig& config);
  [[nodiscard]] DiskConfig backing_of(const Layer& layer, bool allowed) const;
  void refuse_loop(const DiskConfig& backing) const;

  std::vector<Layer> layers_;
  BlockInfo info_;
};

}  // namespace minivmm
