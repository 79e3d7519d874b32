#pragma once
// An image opened, checked and locked.

#include <cstdint>
#include <span>
#include <string>

#include "host/unique_fd.h"
#include "minivmm/block_backend.h"
#include "minivmm/machine_config.h"

namespace minivmm {

/// What the format is, by its name where nothing else was said.
[[nodiscard]] DiskFormat format_of(const DiskConfig& config);

/// Throws ConfigError where a file that is to be raw begins as a container of another format does.
void refuse_other_formats(int fd, const std::string& path);

/// The file behind a disk: a regular file or a block device.
///
/// A raw image is refused where it begins as a container of another format does, unless
/// config.format insists on it: a guest would take the container for the disk, and destroy it. Of
/// other formats nothing is looked at here.
///
/// Errors: the constructor throws ConfigError (missing, a directory, unreadable, read-only but
/// asked writable, empty, not whole sectors, another format, in use) or HostError.
class ImageFile {
 public:
  explicit ImageFile(const DiskConfig& config);
  ~ImageFile();
  ImageFile(const ImageFile&) = delete;
  ImageFile& operator=(const ImageFile&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  /// Never kByName.
  [[nodiscard]] DiskFormat format() const { return format_; }
  /// Of the file, which for other formats than raw is not what the guest sees.
  [[nodiscard]] const BlockInfo& info() const { return info_; }
  [[nodiscard]] bool is_block_device() const { return is_block_device_; }

  /// Whether reading behind the file's end gives zeroes: in formats with tables of their own, the
  /// last piece may not be all there.
  [[nodiscard]] bool ends_in_zeroes() const { return format_ != DiskFormat::kRaw; }

  /// What requests go to: with O_DIRECT where that was asked for.
  [[nodiscard]] int fd() const { return fd_.get(); }
  /// The same file through the page cache; fd() itself unless direct was asked for. The kernel
  /// keeps the two views coherent.
  [[nodiscard]] int cached_fd() const { return cached_ ? cached_.get() : fd_.get(); }
  /// Whether a transfer may go past the page cache: its offset, its length and every address and
  /// length of its segments are multiples of what the host asks for.
  [[nodiscard]] bool fits_direct(std::uint64_t offset,
                                 std::span<const std::span<std::byte>> segments) const;

 private:
  void measure();
  void check_raw_size() const;
  void open_direct();

  std::string path_;
  DiskFormat format_;
  UniqueFd fd_;
  UniqueFd cached_;
  BlockInfo info_;
  bool is_block_device_ = false;
  std::uint32_t direct_memory_alignment_ = 1;
  std::uint32_t direct_offset_alignment_ = 1;
};

}  // namespace minivmm
