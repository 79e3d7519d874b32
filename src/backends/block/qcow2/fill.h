#pragma once
// Clusters that are made up in memory, before they are written or after they were read.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>

#include "backends/block/qcow2/table_cache.h"

namespace minivmm::qcow2 {

/// A cluster's bytes, aligned for O_DIRECT; zeroes at first.
class ClusterBuffer {
 public:
  explicit ClusterBuffer(std::size_t size)
      : bytes_(static_cast<std::byte*>(std::aligned_alloc(kAlignment, round_up(size)))),
        size_(size) {
    if (!bytes_) throw std::bad_alloc();
    std::fill_n(bytes_.get(), size_, std::byte{0});
  }
  [[nodiscard]] std::span<std::byte> span() const { return {bytes_.get(), size_}; }

 private:
  static constexpr std::size_t kAlignment = 4096;
  static std::size_t round_up(std::size_t size) {
    return (size + kAlignment - 1) / kAlignment * kAlignment;
  }
  struct Free {
    void operator()(std::byte* bytes) const { std::free(bytes); }
  };
  std::unique_ptr<std::byte, Free> bytes_;
  std::size_t size_;
};

/// A cluster of the disk that gets a place of its own, with a part of a request in it and what it
/// read as before around that.
struct Fill {
  std::uint32_t request = 0;
  std::uint64_t progress = 0;  ///< Of the request, where the part begins.
  std::uint64_t inside = 0;    ///< Of the cluster, likewise.
  std::uint64_t length = 0;
  std::uint64_t place = 0;  ///< In the file.
  bool taken = false;       ///< The place is a new one.
  std::uint64_t entry = 0;  ///< Its L2 entry as it was.
  Table* table = nullptr;   ///< Pinned.
  ClusterBuffer bytes;
};

struct InflatedCluster {
  const void* image = nullptr;
  std::uint64_t entry = 0;
  ClusterBuffer bytes;
};

}  // namespace minivmm::qcow2
