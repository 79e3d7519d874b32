#pragma once
// A disk's requests as plain, blocking system calls, and what both engines need.

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "backends/block/image_file.h"
#include "minivmm/block_backend.h"

namespace minivmm::block {

/// fallocate(2)'s mode for kDiscard and kWriteZeroes.
[[nodiscard]] int fallocate_mode(BlockOp op, bool unmap);

/// Whether an error of fallocate(2) means that this file can't do it there at all.
[[nodiscard]] constexpr bool is_unsupported(int error) {
  // EINVAL: a device whose blocks are larger than the range's alignment.
  return error == EOPNOTSUPP || error == ENOSYS || error == EINVAL;
}

/// BLKDISCARD; answers an errno value. A device that can't is no error: a discard is a hint.
[[nodiscard]] int discard_on_device(int fd, std::uint64_t offset, std::uint64_t length);

/// Zeroes to write from; aligned for O_DIRECT.
[[nodiscard]] std::span<const std::byte> zeroes();

/// Does the whole of a request; answers an errno value.
[[nodiscard]] int execute(const ImageFile& image, const BlockRequest& request);

/// Tells the log, at a limited rate, what the guest is told as an I/O error.
void report_failure(const ImageFile& image, BlockOp op, std::uint64_t offset, std::uint64_t length,
                    int error);

}  // namespace minivmm::block
