#pragma once
// Requests to the host, each with what is to be done when it has ended.

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "backends/block/file_engine.h"

namespace minivmm::qcow2 {

/// Makes its engine in the first turn(), on the disk's thread.
///
/// Ownership: refers to files, which outlive it. Threads: as BlockBackend.
class Operations {
 public:
  using Done = std::function<void(int error)>;
  /// Whether an operation uses clusters that the guest's data is in.
  enum class Uses { kData, kMetadata };

  explicit Operations(const ImageFile& file) : file_(file) {}

  void watch(int event_fd) { watched_.push_back(event_fd); }
  /// done is called in a later turn(), and may start more.
  void start(const ImageFile& file, Uses uses, BlockRequest request, Done done);
  void turn(BlockBackend::Wait wait);

  /// From here on operations count as new.
  void new_generation();
  /// Whether all that used data before the last new_generation() have ended.
  [[nodiscard]] bool old_ones_ended() const { return old_ == 0; }

 private:
  struct Operation {
    Done done{};
    Uses uses = Uses::kData;
    std::uint64_t generation = 0;
  };

  const ImageFile& file_;
  std::vector<int> watched_;
  std::unique_ptr<FileEngine> engine_;
  std::vector<std::pair<const ImageFile*, BlockRequest>> waiting_;  // Until the engine exists.
  std::vector<Operation> operations_;
  std::vector<std::uint32_t> free_;
  std::vector<BlockCompletion> ended_;
  std::uint64_t generation_ = 0;
  std::uint64_t old_ = 0;  // Operations that use data, of earlier generations.
  std::uint64_t new_ = 0;  // And of this one.
};

}  // namespace minivmm::qcow2
