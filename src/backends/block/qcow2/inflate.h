#pragma once
// A compressed cluster's bytes (QEMU, docs/interop/qcow2: zlib, a raw deflate stream).

#include <cstddef>
#include <span>

namespace minivmm::qcow2 {

/// Fills all of to; false where from doesn't hold as much. What follows the stream is ignored.
[[nodiscard]] bool inflate_cluster(std::span<const std::byte> from, std::span<std::byte> to);

}  // namespace minivmm::qcow2
