// Reads: from wherever in the chain of images the bytes are.

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "backends/block/qcow2/disk.h"
#include "backends/block/qcow2/inflate.h"
#include "backends/block/qcow2/segments.h"

namespace minivmm::qcow2 {

Layers::Obstacle Disk::read(Index index) {
  Request& request = requests_[index];
  BlockRequest& what = request.what;
  while (request.progress < what.length) {
    const std::uint64_t left = what.length - request.progress;
    const Layers::Place place = layers_.find(what.offset + request.progress, left);
    if (place.obstacle) return place.obstacle;
    const bool all = place.length == what.length;
    Segments to =
        all ? std::move(what.segments) : slice(what.segments, request.progress, place.length);
    switch (place.kind) {
      case Layers::Place::Kind::kZero:
        fill_with_zeroes(to);
        break;
      case Layers::Place::Kind::kData:
        start_piece(index, *place.layer->file,
                    {.op = BlockOp::kRead,
                     .offset = place.offset,
                     .length = place.length,
                     .segments = std::move(to)});
        break;
      case Layers::Place::Kind::kCompressed:
        read_compressed(index, place, std::move(to));
        break;
    }
    request.progress += place.length;
  }
  return {};
}

// Whoever reads one part of a compressed cluster reads the next soon: the last one is kept.
void Disk::read_compressed(Index index, const Layers::Place& place, Segments to) {
  const Image* image = place.layer->image;
  const Geometry& geometry = image->geometry();
  const std::uint64_t inside = geometry.inside(place.offset);
  if (last_inflated_ && last_inflated_->image == image && last_inflated_->entry == place.entry)
    return copy_to(to, last_inflated_->bytes.span().data() + inside);

  const CompressedRun run = compressed_run(place.entry, geometry.cluster_bits);
  auto packed = std::make_shared<std::vector<std::byte>>(run.length);
  auto inflated = std::make_shared<InflatedCluster>(
      InflatedCluster{image, place.entry, ClusterBuffer(geometry.cluster_size())});
  ++requests_[index].pending;
  operations_.start(
      *place.layer->file, Operations::Uses::kData,
      {.op = BlockOp::kRead, .offset = run.offset, .length = run.length, .segments = {*packed}},
      [this, index, packed, inflated, inside, to = std::move(to)](int error) {
        if (error == 0 && !inflate_cluster(*packed, inflated->bytes.span())) error = EIO;
        if (error == 0) {
          copy_to(to, inflated->bytes.span().data() + inside);
          last_inflated_ = inflated;
        }
        piece_ended(index, error);
      });
}

}  // namespace minivmm::qcow2
