#include "backends/block/image_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <bit>
#include <fstream>
#include <string_view>

#include "backends/block/image_lock.h"
#include "host/system_error.h"

namespace minivmm {
namespace {

constexpr std::uint32_t kSafeAlignment = 4096;  // The largest logical block of today's disks.

std::string name_of(const std::string& path) {
  return fmt::format("disk '{}'", path);
}

ConfigError cannot_open(const DiskConfig& config, int error) {
  const std::string name = name_of(config.path);
  if (error == ENOENT)
    return ConfigError(fmt::format(
        "{}: no such file (make an empty disk: minivmm disk create '{}' 8G)", name, config.path));
  const bool refused = error == EACCES || error == EROFS || error == EPERM || error == ETXTBSY;
  if (!refused) return ConfigError(fmt::format("{}: {}", name, errno_text(error)));
  const bool readable = ::access(config.path.c_str(), R_OK) == 0;
  if (readable)
    return ConfigError(fmt::format("{}: cannot be written: {} (give '{},readonly')", name,
                                   errno_text(error), config.path));
  return ConfigError(fmt::format("{}: {} (it must be readable for you)", name, errno_text(error)));
}

// Before open(2), which would wait at a FIFO and act at some character devices.
void check_kind(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return;  // open(2) will say why.
  const std::string name = name_of(path);
  if (S_ISDIR(status.st_mode))
    throw ConfigError(name + ": it is a directory (name an image file or a block device)");
  if (!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode))
    throw ConfigError(name + ": it is neither a regular file nor a block device");
}

std::uint32_t discard_granularity(dev_t device) {
  // A partition has its disk's queue one folder above.
  for (const char* folder : {"", "/.."}) {
    std::ifstream file(fmt::format("/sys/dev/block/{}:{}{}/queue/discard_granularity",
                                   major(device), minor(device), folder));
    std::uint32_t bytes = 0;
    if (file >> bytes) return bytes;
  }
  return 0;
}

}  // namespace

DiskFormat format_of(const DiskConfig& config) {
  if (config.format != DiskFormat::kByName) return config.format;
  const bool qcow2 = config.path.ends_with(".qcow2") || config.path.ends_with(".qcow");
  return qcow2 ? DiskFormat::kQcow2 : DiskFormat::kRaw;
}

ImageFile::ImageFile(const DiskConfig& config) : path_(config.path), format_(format_of(config)) {
  check_kind(path_);
  const int access = config.read_only ? O_RDONLY : O_RDWR;
  fd_.reset(::open(path_.c_str(), access | O_CLOEXEC | O_NOCTTY));
  if (!fd_) throw cannot_open(config, errno);
  info_.read_only = config.read_only;
  measure();
  if (format_ == DiskFormat::kRaw) check_raw_size();
  if (format_ == DiskFormat::kRaw && config.format != DiskFormat::kRaw)
    refuse_other_formats(fd_.get(), path_);
  lock_image(fd_.get(), config.read_only ? LockKind::kShared : LockKind::kExclusive,
             name_of(path_));
  if (config.direct) open_direct();
}

ImageFile::~ImageFile() {
  unlock_image(fd_.get());
}

void ImageFile::measure() {
  const std::string name = name_of(path_);
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0) throw system_error(name + ": cannot be examined");
  is_block_device_ = S_ISBLK(status.st_mode);
  const auto best = std::clamp(static_cast<std::uint32_t>(status.st_blksize), kSectorSize, 65536u);
  info_.block_size = std::bit_floor(best);
  info_.size = static_cast<std::uint64_t>(status.st_size);
  std::uint32_t discard = info_.block_size;
  if (is_block_device_) {
    if (::ioctl(fd_.get(), BLKGETSIZE64, &info_.size) != 0)
      throw system_error(name + ": its size cannot be read");
    discard = discard_granularity(status.st_rdev);
  }
  info_.discard_alignment = info_.read_only ? 0 : discard;
}

void ImageFile::check_raw_size() const {
  const std::string name = name_of(path_);
  if (info_.size == 0)
    throw ConfigError(fmt::format(
        "{}: it has no content (give it a size: minivmm disk resize '{}' 8G)", name, path_));
  if (info_.size % kSectorSize != 0)
    throw ConfigError(
        fmt::format("{}: {} bytes are not a multiple of 512, as a raw disk image is (was it "
                    "copied completely? if so: truncate -s %512 '{}')",
                    name, info_.size, path_));
}

void refuse_other_formats(int fd, const std::string& path) {
  const auto remedy = [&path](std::string_view format) {
    if (format == "qcow2")
      return fmt::format("give '{0},format=qcow2', or '{0},format=raw' if a guest wrote that",
                         path);
    return fmt::format(
        "convert it: qemu-img convert -O raw '{0}' disk.img, or give '{0},format=raw' if a guest "
        "wrote that",
        path);
  };
  struct Format {
    std::string_view magic;
    off_t offset;
    const char* name;
  };
  static constexpr std::array kFormats{
      Format{"QFI\xfb", 0, "qcow2"},          // QEMU, docs/interop/qcow2: header.magic
      Format{"KDMV", 0, "vmdk"},              // VMware Virtual Disk Format 1.1: magicNumber
      Format{"vhdxfile", 0, "vhdx"},          // [MS-VHDX] 2.2.1: Signature
      Format{"\x7f\x10\xda\xbe", 64, "vdi"},  // VirtualBox, VDICore.h: VDI_IMAGE_SIGNATURE
  };
  for (const Format& format : kFormats) {
    std::array<char, 8> bytes{};
    const auto got = ::pread(fd, bytes.data(), format.magic.size(), format.offset);
    if (got == static_cast<ssize_t>(format.magic.size()) &&
        std::string_view(bytes.data(), format.magic.size()) == format.magic)
      throw ConfigError(fmt::format("{}: it begins as a {} image does, not a raw one ({})",
                                    name_of(path), format.name, remedy(format.name)));
  }
}

void ImageFile::open_direct() {
  const int access = info_.read_only ? O_RDONLY : O_RDWR;
  // The same file even if the path has changed its meaning since; the lock stays where it is.
  const std::string same = fmt::format("/proc/self/fd/{}", fd_.get());
  UniqueFd direct(::open(same.c_str(), access | O_CLOEXEC | O_DIRECT));
  if (!direct)
    throw ConfigError(fmt::format("{}: cannot be opened with ,direct: {} (leave ,direct out)",
                                  name_of(path_), errno_text(errno)));
  direct_memory_alignment_ = direct_offset_alignment_ = kSafeAlignment;
  struct statx status {};
  // Linux 6.1 tells what it asks for; 0 means that this file system can't.
  if (::statx(direct.get(), "", AT_EMPTY_PATH, STATX_DIOALIGN, &status) == 0 &&
      (status.stx_mask & STATX_DIOALIGN) != 0 && status.stx_dio_offset_align != 0) {
    direct_memory_alignment_ = std::max(status.stx_dio_mem_align, 1u);
    direct_offset_alignment_ = status.stx_dio_offset_align;
  }
  cached_ = std::exchange(fd_, std::move(direct));
}

bool ImageFile::fits_direct(std::uint64_t offset,
                            std::span<const std::span<std::byte>> segments) const {
  if (offset % direct_offset_alignment_ != 0) return false;
  return std::ranges::all_of(segments, [this](std::span<std::byte> segment) {
    return segment.size() % direct_offset_alignment_ == 0 &&
           reinterpret_cast<std::uintptr_t>(segment.data()) % direct_memory_alignment_ == 0;
  });
}

}  // namespace minivmm
