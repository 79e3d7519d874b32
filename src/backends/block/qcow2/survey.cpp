#include "backends/block/qcow2/survey.h"

#include <fmt/core.h>

#include "backends/block/qcow2/file_bytes.h"
#include "minivmm/error.h"

namespace minivmm::qcow2 {
namespace {

class Surveyor {
 public:
  Surveyor(const SurveyedFile& file, const Header& header, Refcounts& refcounts)
      : file_(file),
        header_(header),
        geometry_(header.geometry),
        end_(geometry_.round_up(file.size)),
        refcounts_(refcounts) {}

  Refcounts::Difference run(const std::vector<std::uint64_t>& l1) {
    claim("the header", 0, 1);
    claim("the L1 table", header_.l1_offset, std::uint64_t{header_.l1_entries} * 8);
    claim("the refcount table", header_.refcount_table_offset,
          header_.refcount_table_clusters * geometry_.cluster_size());
    const std::vector<std::uint64_t> table = refcounts_.table();
    for (const std::uint64_t entry : table) {
      if (entry != 0) claim("a refcount block", entry, 1);
    }
    // Before any of what they say: so a table is never taken for data.
    for (const std::uint64_t entry : l1) {
      if (entry != 0) claim("an L2 table", entry & ~kCopied, 1);
    }
    for (const std::uint64_t entry : l1) {
      if (entry != 0) claim_table(entry & ~kCopied);
    }
    for (const CompressedRun& run : compressed_) claim_compressed(run);
    refcounts_.settle();
    return compare(table);
  }

 private:
  [[noreturn]] void damaged(const std::string& what) const {
    throw ConfigError(
        fmt::format("{}: the image is damaged: {} (look at it with ,readonly, or repair a copy: "
                    "qemu-img check -r all '{}')",
                    file_.name, what, file_.path));
  }

  void claim(std::string_view what, std::uint64_t offset, std::uint64_t bytes) {
    if (offset == 0 && what != "the header") damaged(fmt::format("{} is said to be at 0", what));
    if (geometry_.inside(offset) != 0 || offset >= end_ || bytes > end_ - offset)
      damaged(fmt::format("{} at {:#x} is not a cluster of the file", what, offset));
    const std::uint64_t first = geometry_.cluster_of(offset);
    for (std::uint64_t i = 0; i < geometry_.clusters_for(bytes); ++i) {
      if (!refcounts_.claim_alone(first + i))
        damaged(fmt::format("{} at {:#x} is in use for something else too", what,
                            (first + i) << geometry_.cluster_bits));
    }
  }

  void claim_table(std::uint64_t offset) {
    std::vector<std::byte> bytes(geometry_.cluster_size());
    read_bytes(file_.fd, offset, bytes, file_.name);
    for (std::uint64_t i = 0; i < geometry_.l2_entries(); ++i) {
      const auto entry = load_be<std::uint64_t>(bytes.data() + i * 8);
      if (entry == 0) continue;
      if ((entry & kCompressedFlag) != 0) {
        compressed_.push_back(compressed_run(entry, geometry_.cluster_bits));
      } else if (const Mapping mapping = mapping_of(entry, header_.version); mapping.offset != 0) {
        claim("data", mapping.offset, 1);
      }
    }
  }

  // The last sectors may be missing: the data's length is not known so exactly.
  void claim_compressed(const CompressedRun& run) {
    if (run.offset >= end_ || run.length > end_ - run.offset)
      damaged(fmt::format("compressed data at {:#x} is not inside of the file", run.offset));
    const std::uint64_t last = geometry_.cluster_of(run.offset + run.length - 1);
    for (std::uint64_t c = geometry_.cluster_of(run.offset); c <= last; ++c) {
      if (!refcounts_.claim_shared(c))
        damaged(
            fmt::format("compressed data at {:#x} is in use for something else too", run.offset));
    }
  }

  // Blocks of clusters behind the file's end can only say that something leaked there.
  Refcounts::Difference compare(const std::vector<std::uint64_t>& table) {
    Refcounts::Difference difference;
    std::vector<std::byte> bytes(geometry_.cluster_size());
    const std::uint64_t clusters = geometry_.cluster_of(end_);
    for (std::uint64_t block = 0; block < table.size(); ++block) {
      if (block * geometry_.refcounts_per_block() >= clusters) break;
      if (table[block] == 0) continue;
      read_bytes(file_.fd, table[block], bytes, file_.name);
      refcounts_.compare(block, bytes, difference);
    }
    difference.too_low += refcounts_.uncounted();
    refcounts_.place_blocks();
    return difference;
  }

  const SurveyedFile& file_;
  const Header& header_;
  const Geometry geometry_;
  const std::uint64_t end_;
  Refcounts& refcounts_;
  std::vector<CompressedRun> compressed_;
};

}  // namespace

Refcounts::Difference survey(const SurveyedFile& file, const Header& header,
                             const std::vector<std::uint64_t>& l1, Refcounts& refcounts) {
  return Surveyor(file, header, refcounts).run(l1);
}

}  // namespace minivmm::qcow2
