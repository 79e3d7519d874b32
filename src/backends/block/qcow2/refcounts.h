#pragma once
// How often each cluster of an image is used, and which are free.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "backends/block/qcow2/layout.h"
#include "backends/block/qcow2/plan.h"

namespace minivmm::qcow2 {

/// The counts come from the references themselves, counted when the image was opened; what the
/// image's own refcounts say is compared with that, and corrected, never believed.
///
/// First claim_*() for all references and settle(), then compare() with each block on disk; then
/// take_free() and drop().
class Refcounts {
 public:
  /// table: of the refcount table on disk, at offset.
  Refcounts(const Geometry& geometry, std::uint64_t offset, std::vector<std::uint64_t> table);

  /// A reference to a cluster that nobody else may use; false: somebody does.
  [[nodiscard]] bool claim_alone(std::uint64_t cluster);
  /// A reference to a cluster that compressed data shares; false: it is claimed alone.
  [[nodiscard]] bool claim_shared(std::uint64_t cluster);
  /// All references are counted.
  void settle();

  struct Difference {
    std::uint64_t too_low = 0;   ///< Clusters in use more often than the image says.
    std::uint64_t too_high = 0;  ///< Leaked.
  };
  /// Compares a block's content on disk with the references, and has it rewritten if it differs.
  void compare(std::uint64_t block, std::span<const std::byte> on_disk, Difference& difference);
  /// Clusters in use for which there is no block on disk.
  [[nodiscard]] std::uint64_t uncounted() const { return unplaced_.size(); }
  /// Finds places for the blocks that are missing.
  void place_blocks();

  [[nodiscard]] const std::vector<std::uint64_t>& table() const { return table_; }
  [[nodiscard]] std::uint32_t at(std::uint64_t cluster) const;
  /// Clusters from here on are free.
  [[nodiscard]] std::uint64_t end() const { return end_; }

  /// Clusters from this one on have never been written, and read as zeroes.
  void set_virgin_from(std::uint64_t cluster) { virgin_from_ = cluster; }
  /// Whether what take_free() answers next reads as zeroes.
  [[nodiscard]] bool next_is_virgin();
  /// A free cluster, which then has one reference; nullopt: the image can't become larger.
  [[nodiscard]] std::optional<std::uint64_t> take_free();
  /// As many, one behind the other, behind all that are used.
  [[nodiscard]] std::optional<std::uint64_t> take_behind(std::uint64_t count);
  void drop(std::uint64_t cluster);

  [[nodiscard]] bool dirty() const { return any_dirty_; }
  void collect(Plan& plan);
  void restore(const MetadataWrite& write);  ///< It could not be written.
  /// Clusters of a refcount table that has been left; drop() them when the header is written.
  [[nodiscard]] std::vector<std::uint64_t> take_abandoned() {
    return std::exchange(abandoned_, {});
  }

 private:
  struct Block {
    std::uint64_t offset = 0;  // In the file; 0: none yet.
    bool fresh = false;        // The table on disk doesn't have it.
    std::vector<std::uint16_t> counts;
    DirtySpans dirty;
  };

  [[nodiscard]] bool reaches(std::uint64_t cluster) const;
  Block& block_of(std::uint64_t cluster);
  std::uint16_t& count_of(std::uint64_t cluster);
  void touch(std::uint64_t cluster);
  std::uint64_t find_free();
  [[nodiscard]] std::optional<std::uint64_t> take_one();
  [[nodiscard]] bool extend_table(std::uint64_t blocks);
  void mark_table(std::uint64_t block);
  [[nodiscard]] std::vector<std::byte> encode(const Block& block, std::uint64_t first_span,
                                              std::uint64_t spans) const;
  void collect_table(Plan& plan);

  const Geometry geometry_;
  const std::uint64_t per_block_;
  std::uint64_t table_offset_;
  std::vector<std::uint64_t> table_;
  DirtySpans table_dirty_;
  bool table_moved_ = false;
  std::vector<std::unique_ptr<Block>> blocks_;
  std::vector<std::uint64_t> unplaced_;   // Blocks without a place in the file.
  std::vector<std::uint64_t> abandoned_;  // Clusters.
  std::uint64_t hint_ = 0;                // No free cluster is below it.
  std::uint64_t end_ = 0;
  std::uint64_t virgin_from_ = ~std::uint64_t{0};
  bool any_dirty_ = false;
};

}  // namespace minivmm::qcow2
