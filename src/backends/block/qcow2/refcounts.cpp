#include "backends/block/qcow2/refcounts.h"

#include <algorithm>

#include "backends/block/qcow2/refcount_bits.h"

namespace minivmm::qcow2 {
namespace {

constexpr std::uint16_t kAlone = 0x8000;       // While references are counted.
constexpr std::uint16_t kMostShared = 0x7fff;  // A cluster of 2 MiB has 4096 sectors.

}  // namespace

Refcounts::Refcounts(const Geometry& geometry, std::uint64_t offset,
                     std::vector<std::uint64_t> table)
    : geometry_(geometry),
      per_block_(geometry.refcounts_per_block()),
      table_offset_(offset),
      table_(std::move(table)),
      table_dirty_(table_.size() * 8 / geometry.span_size()),
      blocks_(table_.size()) {}

bool Refcounts::claim_alone(std::uint64_t cluster) {
  if (!reaches(cluster)) return false;
  std::uint16_t& count = count_of(cluster);
  return std::exchange(count, kAlone) == 0;
}

bool Refcounts::claim_shared(std::uint64_t cluster) {
  if (!reaches(cluster)) return false;
  std::uint16_t& count = count_of(cluster);
  const std::uint64_t most =
      std::min<std::uint64_t>(kMostShared, most_refcount(geometry_.refcount_order));
  if (count >= most) return false;  // kAlone is more than that, too.
  ++count;
  return true;
}

// The table can grow only as far as QEMU takes it.
bool Refcounts::reaches(std::uint64_t cluster) const {
  return cluster / per_block_ < kMostRefcountTableBytes / 8;
}

Refcounts::Block& Refcounts::block_of(std::uint64_t cluster) {
  const std::uint64_t index = cluster / per_block_;
  if (index >= blocks_.size()) blocks_.resize(index + 1);
  std::unique_ptr<Block>& block = blocks_[index];
  if (block) return *block;
  block = std::make_unique<Block>();
  block->counts.resize(per_block_);
  block->dirty = DirtySpans(geometry_.cluster_size() / geometry_.span_size());
  block->offset = index < table_.size() ? table_[index] & kOffsetMask : 0;
  if (block->offset == 0) unplaced_.push_back(index);
  return *block;
}

std::uint16_t& Refcounts::count_of(std::uint64_t cluster) {
  return block_of(cluster).counts[cluster % per_block_];
}

std::uint32_t Refcounts::at(std::uint64_t cluster) const {
  const std::uint64_t index = cluster / per_block_;
  if (index >= blocks_.size() || !blocks_[index]) return 0;
  return blocks_[index]->counts[cluster % per_block_];
}

void Refcounts::settle() {
  for (std::uint64_t index = 0; index < blocks_.size(); ++index) {
    if (!blocks_[index]) continue;
    for (std::uint64_t i = 0; i < per_block_; ++i) {
      std::uint16_t& count = blocks_[index]->counts[i];
      if (count == 0) continue;
      if (count == kAlone) count = 1;
      end_ = index * per_block_ + i + 1;
    }
  }
}

void Refcounts::compare(std::uint64_t block, std::span<const std::byte> on_disk,
                        Difference& difference) {
  Block& ours = block_of(block * per_block_);
  for (std::uint64_t i = 0; i < per_block_; ++i) {
    const std::uint64_t said = load_refcount(on_disk, i, geometry_.refcount_order);
    if (said == ours.counts[i]) continue;
    ++(said < ours.counts[i] ? difference.too_low : difference.too_high);
    touch(block * per_block_ + i);
  }
}

void Refcounts::touch(std::uint64_t cluster) {
  const std::uint64_t bit = cluster % per_block_ << geometry_.refcount_order;
  block_of(cluster).dirty.mark(bit / 8 / geometry_.span_size());
  any_dirty_ = true;
}

std::uint64_t Refcounts::find_free() {
  while (at(hint_) != 0) ++hint_;
  return hint_;
}

bool Refcounts::next_is_virgin() {
  return find_free() >= virgin_from_;
}

std::optional<std::uint64_t> Refcounts::take_one() {
  const std::uint64_t cluster = find_free();
  const std::uint64_t block = cluster / per_block_;
  if (block >= table_.size()) {
    if (!extend_table(block + 1)) return std::nullopt;
    return take_one();  // The table itself may have taken that one.
  }
  count_of(cluster) = 1;
  touch(cluster);
  end_ = std::max(end_, cluster + 1);
  virgin_from_ = std::max(virgin_from_, cluster + 1);
  return cluster;
}

std::optional<std::uint64_t> Refcounts::take_free() {
  const auto cluster = take_one();
  place_blocks();
  return cluster;
}

std::optional<std::uint64_t> Refcounts::take_behind(std::uint64_t count) {
  const std::uint64_t first = end_;
  const std::uint64_t last_block = (first + count - 1) / per_block_;
  if (last_block >= table_.size()) {
    if (!extend_table(last_block + 1)) return std::nullopt;
    return take_behind(count);
  }
  for (std::uint64_t cluster = first; cluster < first + count; ++cluster) {
    count_of(cluster) = 1;
    touch(cluster);
  }
  end_ = first + count;
  virgin_from_ = std::max(virgin_from_, end_);
  place_blocks();
  return first;
}

// Each block that is placed may need another one to be counted by, but holds many clusters.
void Refcounts::place_blocks() {
  while (!unplaced_.empty()) {
    const std::uint64_t index = unplaced_.back();
    unplaced_.pop_back();
    if (index >= table_.size() && !extend_table(index + 1)) return;
    const auto cluster = take_one();
    if (!cluster) return;
    Block& block = *blocks_[index];
    block.offset = *cluster << geometry_.cluster_bits;
    block.fresh = true;
    block.dirty.mark_all();
    table_[index] = block.offset;
    mark_table(index);
  }
}

void Refcounts::mark_table(std::uint64_t block) {
  table_dirty_.mark(block * 8 / geometry_.span_size());
  any_dirty_ = true;
}

// The table moves behind all that is used, half as large again.
bool Refcounts::extend_table(std::uint64_t blocks) {
  const std::uint64_t per_cluster = geometry_.cluster_size() / 8;
  std::uint64_t clusters = 0;
  std::uint64_t wanted = std::max(blocks, table_.size() + table_.size() / 2);
  for (;;) {
    clusters = (wanted + per_cluster - 1) / per_cluster;
    const std::uint64_t last = (end_ + clusters - 1) / per_block_;
    if (last < clusters * per_cluster) break;
    wanted = last + 1;  // It has to count itself.
  }
  if (clusters * geometry_.cluster_size() > kMostRefcountTableBytes) return false;
  const std::uint64_t old_first = geometry_.cluster_of(table_offset_);
  const std::uint64_t old_count = geometry_.clusters_for(table_.size() * 8);
  table_.resize(clusters * per_cluster);
  table_dirty_.resize(table_.size() * 8 / geometry_.span_size());
  const std::uint64_t first = end_;
  for (std::uint64_t cluster = first; cluster < first + clusters; ++cluster) {
    count_of(cluster) = 1;
    touch(cluster);
  }
  end_ = first + clusters;
  virgin_from_ = std::max(virgin_from_, end_);
  for (std::uint64_t i = 0; i < old_count; ++i) abandoned_.push_back(old_first + i);
  table_offset_ = first << geometry_.cluster_bits;
  table_moved_ = true;
  table_dirty_.mark_all();
  return true;
}

void Refcounts::drop(std::uint64_t cluster) {
  std::uint16_t& count = count_of(cluster);
  if (count == 0) return;
  --count;
  touch(cluster);
  if (count == 0) hint_ = std::min(hint_, cluster);
}

std::vector<std::byte> Refcounts::encode(const Block& block, std::uint64_t first_span,
                                         std::uint64_t spans) const {
  const std::uint64_t span = geometry_.span_size();
  const std::uint64_t per_span = span * 8 >> geometry_.refcount_order;
  std::vector<std::byte> bytes(spans * span);
  for (std::uint64_t i = 0; i < spans * per_span; ++i)
    store_refcount(bytes, i, geometry_.refcount_order, block.counts[first_span * per_span + i]);
  return bytes;
}

void Refcounts::collect(Plan& plan) {
  if (!any_dirty_) return;
  for (std::uint64_t index = 0; index < blocks_.size(); ++index) {
    Block* block = blocks_[index].get();
    if (block == nullptr || !block->dirty.any() || block->offset == 0) continue;
    const bool fresh = std::exchange(block->fresh, false);
    if (fresh) block->dirty.mark_all();
    block->dirty.for_each_run([&](std::uint64_t first, std::uint64_t count) {
      plan.add(Plan::kUnreferenced, {.part = MetadataWrite::Part::kRefcountBlock,
                                     .index = index,
                                     .first_span = first,
                                     .whole_and_new = fresh,
                                     .offset = block->offset + first * geometry_.span_size(),
                                     .bytes = encode(*block, first, count)});
    });
    block->dirty.clear();
  }
  collect_table(plan);
  any_dirty_ = false;
}

void Refcounts::collect_table(Plan& plan) {
  const std::uint64_t span = geometry_.span_size();
  table_dirty_.for_each_run([&](std::uint64_t first, std::uint64_t count) {
    std::vector<std::byte> bytes(count * span);
    for (std::uint64_t i = 0; i < bytes.size() / 8; ++i)
      store_be(bytes.data() + i * 8, table_[first * span / 8 + i]);
    plan.add(Plan::kRefcountTable, {.part = MetadataWrite::Part::kRefcountTable,
                                    .first_span = first,
                                    .offset = table_offset_ + first * span,
                                    .bytes = std::move(bytes)});
  });
  table_dirty_.clear();
  if (!std::exchange(table_moved_, false)) return;
  // Both fields by one write within a sector.
  std::vector<std::byte> fields(12);
  store_be(fields.data(), table_offset_);
  store_be(fields.data() + 8,
           static_cast<std::uint32_t>(geometry_.clusters_for(table_.size() * 8)));
  plan.add(Plan::kHeader, {.part = MetadataWrite::Part::kRefcountTable,
                           .whole_and_new = true,
                           .offset = kHeaderRefcountTable,
                           .bytes = std::move(fields)});
}

void Refcounts::restore(const MetadataWrite& write) {
  any_dirty_ = true;
  const std::uint64_t spans = write.bytes.size() / geometry_.span_size();
  if (write.part == MetadataWrite::Part::kRefcountTable) {
    if (write.whole_and_new)
      table_moved_ = true;
    else
      table_dirty_.mark(write.first_span, spans);
    return;
  }
  Block& block = *blocks_[write.index];
  block.fresh = block.fresh || write.whole_and_new;
  block.dirty.mark(write.first_span, spans);
}

}  // namespace minivmm::qcow2
