#include "cli/disk/data_ranges.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace minivmm::cli::disk {
namespace {

DataRange next_in_raw(const ImageFile& file, std::uint64_t offset) {
  const std::uint64_t size = file.info().size;
  const off_t data = ::lseek(file.cached_fd(), static_cast<off_t>(offset), SEEK_DATA);
  if (data < 0 && errno == ENXIO) return {size, 0};
  if (data < 0) return {offset, size - offset};  // This file system can't tell.
  const off_t hole = ::lseek(file.cached_fd(), data, SEEK_HOLE);
  // Guests address sectors; a hole begins and ends at blocks, which are larger.
  const std::uint64_t begin = static_cast<std::uint64_t>(data) / kSectorSize * kSectorSize;
  const std::uint64_t end = hole < 0 ? size : static_cast<std::uint64_t>(hole);
  const std::uint64_t whole = (end + kSectorSize - 1) / kSectorSize * kSectorSize;
  return {begin, std::min(whole, size) - begin};
}

// As fine as its L2 tables: what those say is read as zeroes quickly.
DataRange next_in_qcow2(const qcow2::Image& image, std::uint64_t offset) {
  const std::uint64_t size = image.header().size;
  const unsigned bits = image.geometry().table_bits();
  for (; offset < size; offset = ((offset >> bits) + 1) << bits) {
    if (image.table_offset(offset >> bits) == 0) continue;
    const std::uint64_t end = std::min(size, ((offset >> bits) + 1) << bits);
    return {offset, end - offset};
  }
  return {size, 0};
}

}  // namespace

DataRange next_data(const DiskImage& image, std::uint64_t offset) {
  if (offset >= image.info().size) return {image.info().size, 0};
  if (image.qcow2() == nullptr) return next_in_raw(image.file(), offset);
  if (!image.qcow2()->header().backing_file.empty()) return {offset, image.info().size - offset};
  return next_in_qcow2(*image.qcow2(), offset);
}

}  // namespace minivmm::cli::disk
