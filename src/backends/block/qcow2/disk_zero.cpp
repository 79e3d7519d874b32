// Discards and writes of zeroes: by the tables where they cover whole clusters.

#include <algorithm>

#include "backends/block/qcow2/disk.h"

namespace minivmm::qcow2 {

using Kind = Mapping::Kind;

Layers::Obstacle Disk::zero(Index index) {
  Request& request = requests_[index];
  while (request.progress < request.what.length) {
    const std::uint64_t offset = request.what.offset + request.progress;
    const std::uint64_t left = request.what.length - request.progress;
    std::uint64_t length = untouched(offset, left);
    if (length == 0) {
      length = std::min(left, geometry().cluster_size() - geometry().inside(offset));
      if (const Obstacle obstacle = zero_piece(index, offset, length); obstacle) return obstacle;
    }
    request.progress += length;
  }
  return {};
}

// How much from offset on reads as zeroes already because there isn't even a table.
std::uint64_t Disk::untouched(std::uint64_t offset, std::uint64_t length) const {
  const std::uint64_t table_bytes = 1ull << geometry().table_bits();
  const std::uint64_t first = offset & ~(table_bytes - 1);
  if (layers_.top().image->table_offset(offset >> geometry().table_bits()) != 0) return 0;
  if (layers_.is_backed(first)) return 0;
  return std::min(length, first + table_bytes - offset);
}

// length: up to the end of the cluster at most.
Layers::Obstacle Disk::zero_piece(Index index, std::uint64_t offset, std::uint64_t length) {
  const BlockRequest& what = requests_[index].what;
  const bool to_end = length == geometry().cluster_size() || offset + length == info_.size;
  const bool whole = geometry().inside(offset) == 0 && to_end;
  if (!whole && what.op == BlockOp::kDiscard) return {};  // A discard is a hint.
  if (fills_.contains(geometry().cluster_of(offset))) return {.kind = Obstacle::Kind::kCluster};
  const Layers::Found found = table_to_write(offset >> geometry().table_bits());
  if (found.obstacle) return found.obstacle;
  if (whole && zero_cluster(what, *found.table, offset)) return {};
  if (what.op == BlockOp::kDiscard) return {};
  return zero_part(index, *found.table, offset, length);
}

// false: the tables of that version can't say it.
bool Disk::zero_cluster(const BlockRequest& what, Table& table, std::uint64_t offset) {
  const bool backed = layers_.is_backed(offset);
  const unsigned version = image().header().version;
  const bool may_free = what.op == BlockOp::kDiscard || what.unmap;
  const std::uint64_t number = entry_number(offset);
  const std::uint64_t entry = table.entry(number);
  const Mapping mapping = mapping_of(entry, version);
  if (mapping.kind == Kind::kHole && !backed) return true;
  if (version < 3 && (backed || !may_free)) return false;
  const std::uint64_t nothing = backed ? kZeroFlag : 0;
  if (may_free || mapping.kind == Kind::kCompressed) {
    if (entry == nothing) return true;
    image().tables().set_entry(table, number, nothing);
    image().let_go(entry);
  } else if (mapping.kind == Kind::kData) {
    image().tables().set_entry(table, number, mapping.offset | kCopied | kZeroFlag);
  } else if (mapping.kind == Kind::kHole) {
    image().tables().set_entry(table, number, kZeroFlag);
  }
  return true;
}

Layers::Obstacle Disk::zero_part(Index index, const Table& table, std::uint64_t offset,
                                 std::uint64_t length) {
  const Mapping mapping = mapping_of(table.entry(entry_number(offset)), image().header().version);
  if (reads_as_zeroes(mapping, offset)) return {};
  if (mapping.kind != Kind::kData) return start_fill(index, offset, length);
  start_piece(index, *layers_.top().file,
              {.op = BlockOp::kWriteZeroes,
               .offset = mapping.offset + geometry().inside(offset),
               .length = length,
               .unmap = requests_[index].what.unmap});
  return {};
}

}  // namespace minivmm::qcow2
