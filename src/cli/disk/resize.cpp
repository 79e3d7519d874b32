#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "backends/block/disk_image.h"
#include "backends/block/image_lock.h"
#include "backends/block/qcow2/create.h"
#include "cli/disk/actions.h"
#include "cli/disk/make_image.h"
#include "cli/disk/requests.h"
#include "host/signals.h"
#include "host/system_error.h"
#include "minivmm/error.h"

namespace minivmm::cli::disk {
namespace {

void check_shrink(const DiskConfig& file, std::uint64_t from, std::uint64_t to, Shrink shrink) {
  if (to >= from || shrink == Shrink::kAllowed) return;
  throw ConfigError(
      fmt::format("disk '{}': it has {} bytes, and what is behind the first {} would be lost (give "
                  "--force to cut that off)",
                  file.path, from, to));
}

// Not as an ImageFile: an empty file, too, may become a disk.
void resize_raw(const DiskConfig& file, std::uint64_t size, Shrink shrink) {
  const std::string what = fmt::format("disk '{}'", file.path);
  const UniqueFd fd(::open(file.path.c_str(), O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd) throw ConfigError(fmt::format("{}: {}", what, errno_text(errno)));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) throw system_error(what + ": cannot be examined");
  if (!S_ISREG(status.st_mode))
    throw ConfigError(what + ": it is not a regular file, and has the size that it has");
  lock_image(fd.get(), LockKind::kExclusive, what);
  const auto old = static_cast<std::uint64_t>(status.st_size);
  if (old != 0 && file.format != DiskFormat::kRaw) refuse_other_formats(fd.get(), file.path);
  check_shrink(file, old, size, shrink);
  set_length(fd.get(), size, what);
}

// What is cut off is freed first; what is added hides what the backing file has there.
void resize_qcow2(const DiskConfig& file, std::uint64_t size, Shrink shrink) {
  std::uint64_t old = 0;
  {
    const DiskImage image(file);
    old = image.info().size;
    check_shrink(file, old, size, shrink);
    if (size < old) zero_range(image, size, old - size);
  }
  {
    const ImageFile opened(file);
    qcow2::Image image(opened);
    qcow2::resize(image, size);
  }
  if (size <= old) return;
  const DiskImage image(file);
  if (!image.qcow2()->header().backing_file.empty()) zero_range(image, old, size - old);
}

}  // namespace

void resize(const DiskConfig& file, std::uint64_t size, Shrink shrink) {
  const StopSignals file_limits_are_errors;
  if (format_of(file) == DiskFormat::kRaw)
    resize_raw(file, size, shrink);
  else
    resize_qcow2(file, size, shrink);
}

}  // namespace minivmm::cli::disk
