#include "backends/block/qcow2/create.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>

#include "backends/block/image_file.h"
#include "cli/disk/actions.h"
#include "cli/disk/make_image.h"
#include "cli/disk/new_file.h"
#include "host/signals.h"
#include "host/system_error.h"
#include "minivmm/error.h"

namespace minivmm::cli::disk {

void set_length(int fd, std::uint64_t size, const std::string& what) {
  if (::ftruncate(fd, static_cast<off_t>(size)) == 0) return;
  if (errno == EFBIG)
    throw ConfigError(fmt::format(
        "{}: {} bytes are more than a file may have on that file system (give less, or --format "
        "qcow2: such a file is as long as what is in it)",
        what, size));
  throw system_error(fmt::format("{}: it can't be {} bytes long", what, size));
}

void make_image(int fd, const DiskConfig& file, std::uint64_t size) {
  const std::string what = fmt::format("disk '{}'", file.path);
  if (format_of(file) == DiskFormat::kRaw)
    set_length(fd, size, what);
  else
    qcow2::make_empty_image(fd, size, {}, what);
}

void create(const DiskConfig& file, std::uint64_t size, Existing existing) {
  const StopSignals file_limits_are_errors;
  NewFile image(file.path, existing);
  make_image(image.fd(), file, size);
  image.publish();
}

}  // namespace minivmm::cli::disk
