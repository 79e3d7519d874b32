// Clusters that are written whole: what they read as before, and a part of a request in it.

#include <algorithm>
#include <utility>

#include "backends/block/qcow2/disk.h"
#include "backends/block/qcow2/segments.h"

namespace minivmm::qcow2 {
namespace {

// What all clusters that are being filled may take of memory.
constexpr std::uint64_t kMostFillBytes = 16u << 20;
constexpr std::uint64_t kFewestFills = 4;

}  // namespace

Layers::Obstacle Disk::start_fill(Index index, std::uint64_t offset, std::uint64_t length) {
  const std::uint64_t size = geometry().cluster_size();
  if (fills_.size() >= std::max(kFewestFills, kMostFillBytes / size))
    return {.kind = Obstacle::Kind::kCluster};
  const Layers::Found found = table_to_write(offset >> geometry().table_bits());
  if (found.obstacle) return found.obstacle;
  const std::uint64_t entry = found.table->entry(entry_number(offset));
  const Mapping mapping = mapping_of(entry, image().header().version);
  Image::Taken place{.offset = mapping.offset};  // One is kept for some clusters of zeroes.
  if (mapping.offset == 0) place = image().take_cluster();
  if (place.error != 0) return {.kind = Obstacle::Kind::kError, .error = place.error};

  const std::uint64_t cluster = geometry().cluster_of(offset);
  auto& fill =
      *fills_
           .emplace(cluster, std::make_unique<Fill>(Fill{.request = index,
                                                         .progress = requests_[index].progress,
                                                         .inside = geometry().inside(offset),
                                                         .length = length,
                                                         .place = place.offset,
                                                         .taken = mapping.offset == 0,
                                                         .entry = entry,
                                                         .table = found.table,
                                                         .bytes = ClusterBuffer(size)}))
           .first->second;
  ++found.table->pins;
  ++requests_[index].pending;
  const std::uint64_t first = cluster << geometry().cluster_bits;
  const std::uint64_t visible = std::min(size, info_.size - first);
  if (length == visible) {
    write_fill(cluster, 0);
    return {};
  }
  const Index inner = take({.op = BlockOp::kRead,
                            .offset = first,
                            .length = visible,
                            .segments = {fill.bytes.span().first(visible)}});
  requests_[inner].on_end = [this, cluster](int error) { write_fill(cluster, error); };
  ready_.push_back(inner);
  return {};
}

// What is not a write is a write of zeroes.
void Disk::write_fill(std::uint64_t cluster, int error) {
  if (error != 0) return end_fill(cluster, error);
  const Fill& fill = *fills_.at(cluster);
  const BlockRequest& what = requests_[fill.request].what;
  const std::span<std::byte> part = fill.bytes.span().subspan(fill.inside, fill.length);
  if (what.op == BlockOp::kWrite)
    copy_from(slice(what.segments, fill.progress, fill.length), part.data());
  else
    std::ranges::fill(part, std::byte{0});
  operations_.start(*layers_.top().file, Operations::Uses::kData,
                    {.op = BlockOp::kWrite,
                     .offset = fill.place,
                     .length = fill.bytes.span().size(),
                     .segments = {fill.bytes.span()}},
                    [this, cluster](int result) { end_fill(cluster, result); });
}

void Disk::end_fill(std::uint64_t cluster, int error) {
  const std::unique_ptr<Fill> fill = std::move(fills_.at(cluster));
  fills_.erase(cluster);
  if (error == 0) {
    const std::uint64_t number = entry_number(cluster << geometry().cluster_bits);
    image().tables().set_entry(*fill->table, number, fill->place | kCopied);
    if (fill->taken) image().let_go(fill->entry);
  } else if (fill->taken) {
    image().refcounts().drop(geometry().cluster_of(fill->place));
  }
  --fill->table->pins;
  piece_ended(fill->request, error);
  wake_parked(0);
}

}  // namespace minivmm::qcow2
