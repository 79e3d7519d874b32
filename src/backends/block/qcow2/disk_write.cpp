// Writes: in place where there is one, else to new clusters.

#include <algorithm>
#include <utility>

#include "backends/block/qcow2/disk.h"
#include "backends/block/qcow2/segments.h"

namespace minivmm::qcow2 {

Layers::Obstacle Disk::write(Index index) {
  Request& request = requests_[index];
  BlockRequest& what = request.what;
  while (request.progress < what.length) {
    const std::uint64_t offset = what.offset + request.progress;
    const Target target = find_target(offset, what.length - request.progress);
    if (target.obstacle) return target.obstacle;
    if (target.in_place) {
      const bool all = target.length == what.length;
      Segments from =
          all ? std::move(what.segments) : slice(what.segments, request.progress, target.length);
      start_piece(index, *layers_.top().file,
                  {.op = BlockOp::kWrite,
                   .offset = target.offset,
                   .length = target.length,
                   .segments = std::move(from)});
    } else if (const Obstacle obstacle = start_fill(index, offset, target.length); obstacle) {
      return obstacle;
    }
    request.progress += target.length;
  }
  return {};
}

// As many clusters as lie one behind the other in the file.
Disk::Target Disk::find_target(std::uint64_t offset, std::uint64_t length) {
  Target run = target_in_cluster(offset, length);
  if (run.obstacle || !run.in_place) return run;
  while (run.length < length) {
    const Target next = target_in_cluster(offset + run.length, length - run.length);
    if (next.obstacle || !next.in_place || next.offset != run.offset + run.length) break;
    run.length += next.length;
  }
  return run;
}

// A new cluster that reads as zeroes, for one that read as zeroes, is referred to at once: at no
// time does the guest find anything there but zeroes and what it wrote.
Disk::Target Disk::target_in_cluster(std::uint64_t offset, std::uint64_t length) {
  const std::uint64_t inside = geometry().inside(offset);
  length = std::min(length, geometry().cluster_size() - inside);
  if (!fills_.empty() && fills_.contains(geometry().cluster_of(offset)))
    return {.obstacle = {.kind = Obstacle::Kind::kCluster}};
  const Layers::Found found = table_to_write(offset >> geometry().table_bits());
  if (found.obstacle) return {.obstacle = found.obstacle};
  const std::uint64_t number = entry_number(offset);
  const Mapping mapping = mapping_of(found.table->entry(number), image().header().version);
  if (mapping.kind == Mapping::Kind::kData)
    return {.offset = mapping.offset + inside, .length = length};
  const bool kept = mapping.offset != 0;  // For a cluster of zeroes.
  if (kept || !reads_as_zeroes(mapping, offset) || !image().refcounts().next_is_virgin())
    return {.in_place = false, .length = length};
  const Image::Taken taken = image().take_cluster();
  if (taken.error != 0) return {.obstacle = {.kind = Obstacle::Kind::kError, .error = taken.error}};
  image().tables().set_entry(*found.table, number, taken.offset | kCopied);
  return {.offset = taken.offset + inside, .length = length};
}

Layers::Found Disk::table_to_write(std::uint64_t index) {
  if (image().table_offset(index) != 0) return layers_.table(layers_.top(), index);
  Table* table = image().tables().add(static_cast<std::uint32_t>(index), 0);
  if (table == nullptr) {
    if (image().dirty()) write_back_.start();
    return {.obstacle = {.kind = Obstacle::Kind::kRoom}};
  }
  const Image::Taken taken = image().take_cluster();
  if (taken.error != 0) {
    image().tables().remove(*table);
    return {.obstacle = {.kind = Obstacle::Kind::kError, .error = taken.error}};
  }
  table->offset = taken.offset;
  image().tables().mark_fresh(*table);
  image().set_table_offset(index, taken.offset);
  return {.table = table};
}

bool Disk::reads_as_zeroes(const Mapping& mapping, std::uint64_t offset) const {
  if (mapping.kind == Mapping::Kind::kZero) return true;
  const std::uint64_t cluster = offset - geometry().inside(offset);
  return mapping.kind == Mapping::Kind::kHole && !layers_.is_backed(cluster);
}

std::uint64_t Disk::entry_number(std::uint64_t offset) const {
  return geometry().cluster_of(offset) & (geometry().l2_entries() - 1);
}

}  // namespace minivmm::qcow2
