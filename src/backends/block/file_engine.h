#pragma once
// What carries requests to the host, for one file or for several.

#include <memory>
#include <vector>

#include "backends/block/image_file.h"
#include "minivmm/block_backend.h"

namespace minivmm {

/// A BlockBackend on a file byte for byte, which takes requests for other files too: an image with
/// a backing file has one wait for both. Their offsets are in the file named, and may lie anywhere.
class FileEngine : public BlockBackend {
 public:
  /// As start(), on a file that outlives the request.
  virtual void start_on(const ImageFile& file, BlockRequest request) = 0;
};

/// io_uring; where the host refuses that, requests one after the other, and a line of the log.
/// watched: eventfds as for BlockBackend::watch(). On the thread that will use it.
[[nodiscard]] std::unique_ptr<FileEngine> make_file_engine(const ImageFile& image,
                                                           const std::vector<int>& watched);

}  // namespace minivmm
