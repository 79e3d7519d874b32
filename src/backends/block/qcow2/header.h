#pragma once
// The header of a qcow2 image (QEMU, docs/interop/qcow2, "Header").

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "backends/block/qcow2/layout.h"

namespace minivmm::qcow2 {

struct Header {
  unsigned version = 3;  ///< 2 or 3.
  Geometry geometry{};
  std::uint64_t size = 0;  ///< Of the guest's disk, in bytes; a multiple of 512.
  std::uint64_t l1_offset = 0;
  std::uint32_t l1_entries = 0;
  std::uint64_t refcount_table_offset = 0;
  std::uint32_t refcount_table_clusters = 0;
  std::uint32_t snapshots = 0;
  std::uint64_t incompatible = 0;  ///< kDirty and kCorrupt at most.
  std::uint64_t compatible = 0;
  std::uint64_t autoclear = 0;
  std::string backing_file{};    ///< As written there; empty: none.
  std::string backing_format{};  ///< Empty: not said.
};

/// bytes: the beginning of the file, up to a whole cluster of it. name starts messages, as "disk
/// 'a.qcow2'"; path is for remedies. Throws ConfigError for what is no such header, lies outside
/// the file, or asks for what isn't known here.
[[nodiscard]] Header parse_header(std::span<const std::byte> bytes, std::uint64_t file_size,
                                  std::string_view name, std::string_view path);

/// The same of an open file.
[[nodiscard]] Header read_header(int fd, std::uint64_t file_size, std::string_view name,
                                 std::string_view path);

}  // namespace minivmm::qcow2
