#include "backends/display/shared_frame.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cassert>

#include "host/system_error.h"

namespace minivmm {
namespace {

UniqueFd make_file(std::size_t bytes) {
  UniqueFd fd(::memfd_create("minivmm-screen", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd || ::ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0)
    throw system_error("cannot make memory for the screen's picture",
                       "is the host out of memory, or of open files: ulimit -n?");
  return fd;
}

Mapping map_file(int fd, std::size_t bytes, int protection) {
  void* const address = ::mmap(nullptr, bytes, protection, MAP_SHARED, fd, 0);
  return address == MAP_FAILED ? Mapping() : Mapping(address, bytes);
}

// After our own mapping has been made: it stays the only one that may write.
void seal(int fd) {
  constexpr int kSize = F_SEAL_SHRINK | F_SEAL_GROW;
  if (::fcntl(fd, F_ADD_SEALS, kSize | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) == 0) return;
  if (::fcntl(fd, F_ADD_SEALS, kSize | F_SEAL_SEAL) != 0)
    throw system_error("cannot seal the screen's picture");
}

}  // namespace

SharedFrame::SharedFrame(PictureSize size)
    : size_(size),
      fd_(make_file(frame_bytes(size))),
      mapping_(map_file(fd_.get(), frame_bytes(size), PROT_READ | PROT_WRITE)) {
  assert(can_be_shown(size));
  if (mapping_.data() == nullptr) throw system_error("cannot map the screen's picture");
  seal(fd_.get());
}

Picture SharedFrame::picture() const {
  auto* const pixels = reinterpret_cast<std::uint32_t*>(mapping_.data());
  return {.pixels = {pixels, mapping_.size() / sizeof *pixels},
          .size = size_,
          .stride = frame_stride(size_)};
}

std::optional<FrameView> FrameView::map(const UniqueFd& fd, PictureSize size) {
  if (!can_be_shown(size)) return std::nullopt;
  const int seals = ::fcntl(fd.get(), F_GET_SEALS);
  struct stat status {};
  if (seals < 0 || (seals & F_SEAL_SHRINK) == 0 || ::fstat(fd.get(), &status) != 0)
    return std::nullopt;
  if (static_cast<std::uint64_t>(status.st_size) < frame_bytes(size)) return std::nullopt;
  Mapping mapping = map_file(fd.get(), frame_bytes(size), PROT_READ);
  if (mapping.data() == nullptr) return std::nullopt;
  return FrameView(size, std::move(mapping));
}

std::span<const std::uint32_t> FrameView::pixels() const {
  return {reinterpret_cast<const std::uint32_t*>(mapping_.data()),
          mapping_.size() / sizeof(std::uint32_t)};
}

}  // namespace minivmm
