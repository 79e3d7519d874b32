#include "backends/display/shared_frame.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch.hpp>

namespace minivmm {
namespace {

UniqueFd other_descriptor(int fd) {
  return UniqueFd(::dup(fd));
}

TEST_CASE("a viewer sees what is drawn into the frame, as it is drawn") {
  const SharedFrame frame({33, 2});
  const auto view = FrameView::map(other_descriptor(frame.fd()), {33, 2});
  REQUIRE(view);
  CHECK(view->stride() == 48);
  const Picture picture = frame.picture();
  REQUIRE(picture.stride == 48);
  picture.pixels[48 + 32] = 0x123456;
  CHECK(view->pixels()[48 + 32] == 0x123456);
}

TEST_CASE("a viewer can neither write the frame nor change its size") {
  const SharedFrame frame({64, 16});
  const std::size_t bytes = frame_bytes(frame.size());
  CHECK(::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, frame.fd(), 0) == MAP_FAILED);
  CHECK(::ftruncate(frame.fd(), 1) != 0);
  CHECK(::ftruncate(frame.fd(), static_cast<off_t>(2 * bytes)) != 0);
  CHECK(::pwrite(frame.fd(), "x", 1, 0) != 1);
  CHECK(::fcntl(frame.fd(), F_ADD_SEALS, F_SEAL_WRITE) != 0);
}

TEST_CASE("a file that could shrink, or is too small, is no frame to a viewer") {
  const UniqueFd unsealed(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  REQUIRE(::ftruncate(unsealed.get(), 1 << 20) == 0);
  CHECK_FALSE(FrameView::map(unsealed, {64, 16}));
  const SharedFrame frame({64, 16});
  CHECK_FALSE(FrameView::map(other_descriptor(frame.fd()), {1024, 1024}));
  CHECK_FALSE(FrameView::map(UniqueFd(), {64, 16}));
}

TEST_CASE("pictures without bounds are not shown") {
  CHECK(can_be_shown({16384, 4096}));
  CHECK_FALSE(can_be_shown({16384, 4097}));
  CHECK_FALSE(can_be_shown({16385, 1}));
  CHECK_FALSE(can_be_shown({0, 0}));
}

}  // namespace
}  // namespace minivmm
