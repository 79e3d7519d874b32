#pragma once
// A disk in a qcow2 image, behind the same contract as a raw one.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "backends/block/qcow2/fill.h"
#include "backends/block/qcow2/layers.h"
#include "backends/block/qcow2/segments.h"
#include "backends/block/qcow2/write_back.h"
#include "minivmm/block_backend.h"

namespace minivmm::qcow2 {

/// Where clusters are allocated, requests go to the host as they come. Tables change in memory, and
/// are written when the guest flushes (WriteBack), as a disk's write cache is.
///
/// A write that the host refuses (ENOSPC) has changed nothing, and may be started again.
///
/// Ownership: refers to what layers name, which outlives it. Threads: constructor and watch() on
/// any; from the first turn() on as BlockBackend says.
class Disk final : public BlockBackend {
 public:
  /// layers: the image first, then what backs it.
  Disk(std::vector<Layer> layers, const BlockInfo& info);
  ~Disk() override;
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  [[nodiscard]] const BlockInfo& info() const override { return info_; }
  void watch(int event_fd) override { operations_.watch(event_fd); }
  void start(BlockRequest request) override;
  /// May return without a completion when only a part of a request has ended.
  void turn(Wait wait, std::vector<BlockCompletion>& done) override;
  [[nodiscard]] std::size_t in_flight() const override {
    return started_ + ended_.size() + (write_back_.running() ? 1 : 0);
  }

 private:
  using Index = std::uint32_t;
  using Obstacle = Layers::Obstacle;

  struct Request {
    BlockRequest what{};
    std::uint64_t progress = 0;  // Bytes of it that are done or under way.
    unsigned pending = 0;        // Pieces under way.
    int error = 0;
    std::function<void(int error)> on_end{};  // Not for the guest: a part of something else.
  };
  struct Parked {
    Index request = 0;
    Obstacle obstacle{};
  };
  // Where a piece of a write may go.
  struct Target {
    Obstacle obstacle{};
    bool in_place = true;  // Else a cluster has to be filled.
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
  };

  // disk.cpp: requests.
  Index take(BlockRequest what);
  void advance_ready();
  void advance(Index index);
  [[nodiscard]] Obstacle go_on(Index index);
  void piece_ended(Index index, int error);
  void end_if_over(Index index);
  void go_on_with(Table& table, int error);
  void wake_parked(int error);
  void start_piece(Index index, const ImageFile& file, BlockRequest piece);

  // disk_read.cpp.
  [[nodiscard]] Obstacle read(Index index);
  void read_compressed(Index index, const Layers::Place& place, Segments to);

  // disk_write.cpp.
  [[nodiscard]] Obstacle write(Index index);
  [[nodiscard]] Target find_target(std::uint64_t offset, std::uint64_t length);
  [[nodiscard]] Target target_in_cluster(std::uint64_t offset, std::uint64_t length);
  [[nodiscard]] Layers::Found table_to_write(std::uint64_t index);
  [[nodiscard]] bool reads_as_zeroes(const Mapping& mapping, std::uint64_t offset) const;
  [[nodiscard]] std::uint64_t entry_number(std::uint64_t offset) const;

  // disk_fill.cpp.
  [[nodiscard]] Obstacle start_fill(Index index, std::uint64_t offset, std::uint64_t length);
  void write_fill(std::uint64_t cluster, int error);
  void end_fill(std::uint64_t cluster, int error);

  // disk_zero.cpp.
  [[nodiscard]] Obstacle zero(Index index);
  [[nodiscard]] Obstacle zero_piece(Index index, std::uint64_t offset, std::uint64_t length);
  [[nodiscard]] bool zero_cluster(const BlockRequest& what, Table& table, std::uint64_t offset);
  [[nodiscard]] Obstacle zero_part(Index index, const Table& table, std::uint64_t offset,
                                   std::uint64_t length);
  [[nodiscard]] std::uint64_t untouched(std::uint64_t offset, std::uint64_t length) const;

  [[nodiscard]] Image& image() { return *layers_.top().image; }
  [[nodiscard]] const Geometry& geometry() const { return layers_.top().image->geometry(); }

  const BlockInfo info_;
  Operations operations_;
  Layers layers_;
  WriteBack write_back_;
  std::deque<Request> requests_;
  std::vector<Index> free_;
  std::vector<Index> ready_;
  std::vector<Parked> parked_;
  std::vector<BlockCompletion> ended_;
  std::size_t started_ = 0;
  std::unordered_map<std::uint64_t, std::unique_ptr<Fill>> fills_;  // By the disk's cluster.
  std::shared_ptr<const InflatedCluster> last_inflated_;
};

}  // namespace minivmm::qcow2
