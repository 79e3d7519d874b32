#pragma once
// What of an image's metadata is to be written, in which order.

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace minivmm::qcow2 {

/// One piece of metadata, copied when the plan was made.
struct MetadataWrite {
  enum class Part { kL1, kL2Table, kRefcountTable, kRefcountBlock, kHeader };
  Part part = Part::kHeader;
  std::uint64_t index = 0;       ///< Which L2 table or refcount block.
  std::uint64_t first_span = 0;  ///< Of the part, in spans of Geometry::span_size().
  bool whole_and_new = false;    ///< Nothing on disk refers to that table or block yet.
  std::uint64_t offset = 0;      ///< In the file.
  std::vector<std::byte> bytes{};
};

/// Stages are written one after the other; each is on stable storage before the next begins. So
/// that whenever the machine dies, nothing refers to what isn't there, and no cluster in use is
/// said to be free.
struct Plan {
  enum Stage : std::size_t {
    kUnreferenced,   ///< New L2 tables, refcounts; with it, data that completed before.
    kRefcountTable,  ///< What new refcount blocks are found by.
    kHeader,         ///< A refcount table that moved.
    kReferences,     ///< L2 and L1 entries.
    kStages
  };
  std::array<std::vector<MetadataWrite>, kStages> stages{};

  void add(Stage stage, MetadataWrite write) { stages[stage].push_back(std::move(write)); }
  [[nodiscard]] bool empty() const {
    for (const auto& stage : stages)
      if (!stage.empty()) return false;
    return true;
  }
};

/// Which spans of a table differ from what is on disk.
class DirtySpans {
 public:
  explicit DirtySpans(std::uint64_t spans = 0) : dirty_(spans) {}

  [[nodiscard]] bool any() const { return any_; }
  void mark(std::uint64_t span) {
    dirty_[span] = true;
    any_ = true;
  }
  void mark(std::uint64_t first, std::uint64_t count) {
    for (std::uint64_t span = first; span < first + count; ++span) mark(span);
  }
  void mark_all() { mark(0, dirty_.size()); }
  void clear() {
    dirty_.assign(dirty_.size(), false);
    any_ = false;
  }
  void resize(std::uint64_t spans) { dirty_.resize(spans); }
  [[nodiscard]] std::uint64_t size() const { return dirty_.size(); }

  /// Calls visit(first, count) for each run of dirty spans.
  template <typename Visit>
  void for_each_run(Visit visit) const {
    for (std::uint64_t first = 0; any_ && first < dirty_.size(); ++first) {
      if (!dirty_[first]) continue;
      std::uint64_t end = first;
      while (end < dirty_.size() && dirty_[end]) ++end;
      visit(first, end - first);
      first = end;
    }
  }

 private:
  std::vector<bool> dirty_;
  bool any_ = false;
};

}  // namespace minivmm::qcow2
