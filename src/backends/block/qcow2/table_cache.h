#pragma once
// L2 tables in memory, a bounded number of them, as they are on disk.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "backends/block/qcow2/layout.h"
#include "backends/block/qcow2/plan.h"

namespace minivmm::qcow2 {

struct Table {
  std::uint32_t index = 0;   ///< Of the L1 entry.
  std::uint64_t offset = 0;  ///< In the file.
  bool loading = false;      ///< Its bytes are not there yet.
  bool fresh = false;        ///< No L1 entry on disk refers to it.
  bool used = true;          ///< Since the last look for one to drop.
  unsigned pins = 0;         ///< Who needs it to stay.
  std::vector<std::byte> bytes{};
  DirtySpans dirty{};

  [[nodiscard]] std::uint64_t entry(std::uint64_t at) const {
    return load_be<std::uint64_t>(bytes.data() + at * 8);
  }
};

class TableCache {
 public:
  static constexpr std::uint64_t kMostBytes = 32u << 20;
  static constexpr std::uint64_t kFewest = 8;  ///< However large they are.

  TableCache(const Geometry& geometry, std::uint64_t l1_entries);

  /// Null: not there.
  [[nodiscard]] Table* find(std::uint64_t index) {
    Table* table = by_index_[index];
    if (table != nullptr) table->used = true;
    return table;
  }
  /// A table of zeroes for that L1 entry, which has none here; drops one that nobody used lately.
  /// Null: all are dirty or pinned.
  [[nodiscard]] Table* add(std::uint32_t index, std::uint64_t offset);
  void remove(Table& table);

  /// Nothing on disk refers to it: all of it is to be written before something does.
  void mark_fresh(Table& table);
  void set_entry(Table& table, std::uint64_t at, std::uint64_t entry);
  [[nodiscard]] bool dirty() const { return any_dirty_; }

  /// Adds what is dirty, which then counts as clean; those tables stay pinned until release() or
  /// restore() of the same writes.
  void collect(Plan& plan);
  void release(const MetadataWrite& write);
  void restore(const MetadataWrite& write);  ///< It could not be written.

  void resize(std::uint64_t l1_entries) { by_index_.resize(l1_entries); }

 private:
  [[nodiscard]] Table* find_victim();

  const Geometry geometry_;
  const std::uint64_t most_;
  std::vector<std::unique_ptr<Table>> tables_;
  std::vector<Table*> by_index_;
  std::size_t hand_ = 0;  // Of the clock that finds a table to drop.
  bool any_dirty_ = false;
};

}  // namespace minivmm::qcow2
