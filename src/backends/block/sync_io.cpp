#include "backends/block/sync_io.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "host/log.h"
#include "host/system_error.h"

namespace minivmm::block {
namespace {

constexpr int kBehindEnd = -1;  // Beside errno values.

// Moves length bytes by pread or pwrite, which may do less than asked for.
template <typename Byte, typename Call>
int transfer(Call call, int fd, std::span<Byte>& bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t moved = call(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (moved < 0 && errno == EINTR) continue;
    if (moved < 0) return errno;
    if (moved == 0) return kBehindEnd;
    bytes = bytes.subspan(static_cast<std::size_t>(moved));
    offset += static_cast<std::uint64_t>(moved);
  }
  return 0;
}

int transfer_segments(const ImageFile& image, const BlockRequest& request) {
  const bool direct = image.fits_direct(request.offset, request.segments);
  const int fd = direct ? image.fd() : image.cached_fd();
  std::uint64_t offset = request.offset;
  for (const std::span<std::byte> segment : request.segments) {
    std::span<std::byte> left = segment;
    const int error = request.op == BlockOp::kRead ? transfer(::pread, fd, left, offset)
                                                   : transfer(::pwrite, fd, left, offset);
    const bool zeroes = error == kBehindEnd && image.ends_in_zeroes();
    if (zeroes) std::ranges::fill(left, std::byte{0});
    if (error != 0 && !zeroes) return error == kBehindEnd ? EIO : error;
    offset += segment.size();
  }
  return 0;
}

int write_zeroes(const ImageFile& image, std::uint64_t offset, std::uint64_t length) {
  while (length != 0) {
    const auto piece = zeroes().first(std::min<std::uint64_t>(length, zeroes().size()));
    auto left = piece;
    const int error = transfer(::pwrite, image.cached_fd(), left, offset);
    if (error != 0) return error == kBehindEnd ? EIO : error;
    offset += piece.size();
    length -= piece.size();
  }
  return 0;
}

int allocate(const ImageFile& image, const BlockRequest& request) {
  if (request.op == BlockOp::kDiscard && image.is_block_device())
    return discard_on_device(image.fd(), request.offset, request.length);
  const int mode = fallocate_mode(request.op, request.unmap);
  if (::fallocate(image.fd(), mode, static_cast<off_t>(request.offset),
                  static_cast<off_t>(request.length)) == 0)
    return 0;
  const int error = errno;
  if (!is_unsupported(error)) return error;
  if (request.op == BlockOp::kDiscard) return 0;  // A discard is a hint.
  return write_zeroes(image, request.offset, request.length);
}

std::string_view verb(BlockOp op) {
  switch (op) {
    case BlockOp::kRead:
      return "reading";
    case BlockOp::kWrite:
      return "writing";
    case BlockOp::kFlush:
      return "flushing";
    case BlockOp::kDiscard:
      return "discarding";
    case BlockOp::kWriteZeroes:
      return "zeroing";
  }
  return "using";
}

}  // namespace

int fallocate_mode(BlockOp op, bool unmap) {
  const bool may_deallocate = op == BlockOp::kDiscard || unmap;
  return FALLOC_FL_KEEP_SIZE | (may_deallocate ? FALLOC_FL_PUNCH_HOLE : FALLOC_FL_ZERO_RANGE);
}

int discard_on_device(int fd, std::uint64_t offset, std::uint64_t length) {
  std::array<std::uint64_t, 2> range{offset, length};
  if (::ioctl(fd, BLKDISCARD, range.data()) == 0) return 0;
  return is_unsupported(errno) ? 0 : errno;
}

std::span<const std::byte> zeroes() {
  // Never written, so all of it is the kernel's one zero page.
  alignas(4096) static std::array<std::byte, 256 * 1024> bytes;
  return bytes;
}

int execute(const ImageFile& image, const BlockRequest& request) {
  switch (request.op) {
    case BlockOp::kRead:
    case BlockOp::kWrite:
      return transfer_segments(image, request);
    case BlockOp::kFlush:
      return ::fdatasync(image.fd()) == 0 ? 0 : errno;
    case BlockOp::kDiscard:
    case BlockOp::kWriteZeroes:
      return request.length == 0 ? 0 : allocate(image, request);
  }
  return EINVAL;
}

void report_failure(const ImageFile& image, BlockOp op, std::uint64_t offset, std::uint64_t length,
                    int error) {
  static log::RateLimit limit;
  if (error == ENOSPC || error == EDQUOT) return;  // Whoever tries again says so.
  if (!limit.allow()) return;
  log::error("disk '{}': {} {} bytes at {} failed: {} (the guest gets an I/O error)", image.path(),
             verb(op), length, offset, errno_text(error));
}

}  // namespace minivmm::block
