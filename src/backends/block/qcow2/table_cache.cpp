#include "backends/block/qcow2/table_cache.h"

#include <algorithm>
#include <utility>

namespace minivmm::qcow2 {

TableCache::TableCache(const Geometry& geometry, std::uint64_t l1_entries)
    : geometry_(geometry),
      most_(std::max(kFewest, kMostBytes / geometry.cluster_size())),
      by_index_(l1_entries) {}

Table* TableCache::add(std::uint32_t index, std::uint64_t offset) {
  Table* table = nullptr;
  if (tables_.size() < most_) {
    table = tables_.emplace_back(std::make_unique<Table>()).get();
  } else {
    table = find_victim();
    if (table == nullptr) return nullptr;
    by_index_[table->index] = nullptr;
  }
  std::vector<std::byte> bytes = std::move(table->bytes);
  bytes.assign(geometry_.cluster_size(), std::byte{0});
  *table = Table{};
  table->index = index;
  table->offset = offset;
  table->bytes = std::move(bytes);
  table->dirty = DirtySpans(geometry_.cluster_size() / geometry_.span_size());
  by_index_[index] = table;
  return table;
}

void TableCache::remove(Table& table) {
  by_index_[table.index] = nullptr;
  const auto is_it = [&table](const auto& each) { return each.get() == &table; };
  const auto found = std::ranges::find_if(tables_, is_it);
  std::swap(*found, tables_.back());
  tables_.pop_back();
}

// A table is spared once if it was used since the hand last came by.
Table* TableCache::find_victim() {
  for (std::size_t looks = 0; looks < 2 * tables_.size(); ++looks) {
    hand_ = (hand_ + 1) % tables_.size();
    Table& table = *tables_[hand_];
    if (table.loading || table.pins != 0 || table.dirty.any()) continue;
    if (!std::exchange(table.used, false)) return &table;
  }
  return nullptr;
}

void TableCache::mark_fresh(Table& table) {
  table.fresh = true;
  table.dirty.mark_all();
  any_dirty_ = true;
}

void TableCache::set_entry(Table& table, std::uint64_t at, std::uint64_t entry) {
  store_be(table.bytes.data() + at * 8, entry);
  table.dirty.mark(at * 8 / geometry_.span_size());
  any_dirty_ = true;
}

void TableCache::collect(Plan& plan) {
  if (!any_dirty_) return;
  const std::uint64_t span = geometry_.span_size();
  for (const auto& table : tables_) {
    if (!table->dirty.any()) continue;
    const bool fresh = std::exchange(table->fresh, false);
    if (fresh) table->dirty.mark_all();
    table->dirty.for_each_run([&](std::uint64_t first, std::uint64_t count) {
      const auto begin = table->bytes.begin() + static_cast<std::ptrdiff_t>(first * span);
      ++table->pins;
      plan.add(fresh ? Plan::kUnreferenced : Plan::kReferences,
               {.part = MetadataWrite::Part::kL2Table,
                .index = table->index,
                .first_span = first,
                .whole_and_new = fresh,
                .offset = table->offset + first * span,
                .bytes = {begin, begin + static_cast<std::ptrdiff_t>(count * span)}});
    });
    table->dirty.clear();
  }
  any_dirty_ = false;
}

void TableCache::release(const MetadataWrite& write) {
  --by_index_[write.index]->pins;
}

void TableCache::restore(const MetadataWrite& write) {
  Table& table = *by_index_[write.index];
  --table.pins;
  table.fresh = table.fresh || write.whole_and_new;
  table.dirty.mark(write.first_span, write.bytes.size() / geometry_.span_size());
  any_dirty_ = true;
}

}  // namespace minivmm::qcow2
