#pragma once
// Requests to an image from start to end, as its disk's thread would do them.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backends/block/disk_image.h"
#include "minivmm/block_backend.h"

namespace minivmm::cli::disk {

/// Throws HostError where a request fails.
class Requests {
 public:
  explicit Requests(const DiskImage& image) : path_(image.path()), backend_(image.make_backend()) {}

  void start(BlockRequest request) { backend_->start(std::move(request)); }
  /// Until all that was started has ended.
  void finish();
  void flush();

 private:
  const std::string path_;
  const std::unique_ptr<BlockBackend> backend_;
};

/// Has a range read as zeroes, and frees what it takes of the host's space. HostError.
void zero_range(const DiskImage& image, std::uint64_t offset, std::uint64_t length);

}  // namespace minivmm::cli::disk
