#pragma once
// A qcow2 image opened: its tables, and what may be done with them.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backends/block/image_file.h"
#include "backends/block/qcow2/header.h"
#include "backends/block/qcow2/refcounts.h"
#include "backends/block/qcow2/table_cache.h"

namespace minivmm::qcow2 {

/// Keeps what is not on disk yet through the guest's resets: each new backend goes on with it.
///
/// Threads: made on any; then those of the backend that uses it.
/// Ownership: refers to file, which outlives it.
/// Errors: the constructor throws ConfigError for what can't be used, naming why; HostError where
/// the host refuses to read it, or to write the corrections of its refcounts.
class Image {
 public:
  /// Writable where file is.
  explicit Image(const ImageFile& file);

  [[nodiscard]] const ImageFile& file() const { return file_; }
  [[nodiscard]] const Header& header() const { return header_; }
  [[nodiscard]] const Geometry& geometry() const { return header_.geometry; }
  [[nodiscard]] bool writable() const { return refcounts_.has_value(); }
  [[nodiscard]] TableCache& tables() { return tables_; }
  [[nodiscard]] Refcounts& refcounts() { return *refcounts_; }

  /// Of the file, in bytes.
  [[nodiscard]] std::uint64_t length() const { return length_; }

  /// Where the L2 table of that number is; 0: there is none.
  [[nodiscard]] std::uint64_t table_offset(std::uint64_t index) const {
    return l1_[index] & kOffsetMask;
  }
  [[nodiscard]] const std::vector<std::uint64_t>& l1() const { return l1_; }
  /// More entries, in a table that moves to where it has room. HostError.
  void extend_l1(std::uint64_t entries);
  /// Of the guest's disk; there are entries for it. HostError.
  void set_size(std::uint64_t size);
  void set_table_offset(std::uint64_t index, std::uint64_t offset);

  /// A cluster that nobody uses, and the file long enough for it. An errno value where there is
  /// none: then nothing has changed.
  struct Taken {
    int error = 0;
    std::uint64_t offset = 0;
  };
  [[nodiscard]] Taken take_cluster();

  /// An L2 entry let go of what it referred to, from now on to be freed: not before the disk knows
  /// that it is unused.
  void let_go(std::uint64_t entry);

  struct WriteBack {
    Plan plan;
    std::vector<std::uint64_t> freed{};  ///< Clusters: drop() them when the plan is on disk.
  };
  [[nodiscard]] WriteBack collect();
  /// The plan that collect() made is on disk.
  void release(const Plan& plan);
  /// It could not be written: all of it is to be written again.
  void restore(WriteBack write_back);
  [[nodiscard]] bool dirty() const;
  /// Writes back all that is dirty, here and now. HostError.
  void write_back_now();

  /// For the log and for ConfigErrors, as "disk 'a.qcow2'".
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  void refuse_writing_to_what_is_not_understood() const;
  void make_writable();
  void clear_marks();
  void find_virgin_clusters();
  void collect_l1(Plan& plan);
  [[nodiscard]] int lengthen(std::uint64_t end);

  const ImageFile& file_;
  const std::string name_;
  Header header_;
  std::vector<std::uint64_t> l1_;  // Entries as they are, in our own byte order.
  DirtySpans l1_dirty_;
  TableCache tables_;
  std::optional<Refcounts> refcounts_;
  std::vector<std::uint64_t> let_go_;  // Clusters.
  std::uint64_t length_;               // Of the file.
};

}  // namespace minivmm::qcow2
