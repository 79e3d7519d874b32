#include "backends/block/qcow2/create.h"

#include <fmt/core.h>

#include <algorithm>
#include <vector>

#include "backends/block/qcow2/file_bytes.h"
#include "backends/block/qcow2/refcount_bits.h"
#include "minivmm/error.h"

namespace minivmm::qcow2 {
namespace {

// The order of an empty image's clusters: the header, these, and the L1 table.
constexpr std::uint64_t kRefcountTableCluster = 1;
constexpr std::uint64_t kRefcountBlockCluster = 2;
constexpr std::uint64_t kL1Cluster = 3;

constexpr std::uint32_t kHeaderLengthWritten = 112;  // With compression_type, which is 0: zlib.

void check_size(const Geometry& geometry, std::uint64_t size, std::string_view what) {
  if (geometry.l1_entries_for(size) * 8 > kMostL1Bytes)
    throw ConfigError(fmt::format(
        "{}: {} bytes are more than a qcow2 image of {} KiB clusters can hold (give less)", what,
        size, geometry.cluster_size() >> 10));
}

}  // namespace

void make_empty_image(int fd, std::uint64_t size, const Geometry& geometry, std::string_view what) {
  check_size(geometry, size, what);
  const std::uint64_t cluster = geometry.cluster_size();
  const std::uint64_t l1_entries = geometry.l1_entries_for(size);
  const std::uint64_t clusters = kL1Cluster + geometry.clusters_for(l1_entries * 8);
  if (clusters > geometry.refcounts_per_block())
    throw ConfigError(fmt::format("{}: clusters of {} bytes are too small for a disk of {} bytes",
                                  what, cluster, size));

  // The refcounts and the table that they are found by; the L1 table is a hole: zeroes.
  std::vector<std::byte> block(cluster);
  for (std::uint64_t i = 0; i < clusters; ++i) store_refcount(block, i, geometry.refcount_order, 1);
  write_bytes(fd, kRefcountBlockCluster * cluster, block, what);
  std::vector<std::byte> table(cluster);
  store_be(table.data(), kRefcountBlockCluster * cluster);
  write_bytes(fd, kRefcountTableCluster * cluster, table, what);
  const std::vector<std::byte> last(1);
  write_bytes(fd, clusters * cluster - 1, last, what);

  std::vector<std::byte> header(std::min<std::uint64_t>(cluster, 512));
  std::byte* const at = header.data();
  store_be(at + kHeaderMagic, kMagic);
  store_be(at + kHeaderVersion, std::uint32_t{3});
  store_be(at + kHeaderClusterBits, std::uint32_t{geometry.cluster_bits});
  store_be(at + kHeaderSize, size);
  store_be(at + kHeaderL1Size, static_cast<std::uint32_t>(l1_entries));
  store_be(at + kHeaderL1Offset, kL1Cluster * cluster);
  store_be(at + kHeaderRefcountTable, kRefcountTableCluster * cluster);
  store_be(at + kHeaderRefcountClusters, std::uint32_t{1});
  store_be(at + kHeaderRefcountOrder, std::uint32_t{geometry.refcount_order});
  store_be(at + kHeaderLength, kHeaderLengthWritten);
  write_bytes(fd, 0, header, what);
}

void resize(Image& image, std::uint64_t size) {
  const Geometry& geometry = image.geometry();
  check_size(geometry, size, image.name());
  const std::uint64_t entries = geometry.l1_entries_for(size);
  if (entries > image.l1().size()) image.extend_l1(entries);
  image.set_size(size);
}

}  // namespace minivmm::qcow2
