#include "backends/block/image_lock.h"

#include <fcntl.h>

#include <catch2/catch.hpp>

#include "backends/block/image_file.h"
#include "host/unique_fd.h"
#include "minivmm/error.h"
#include "support/child_process.h"
#include "support/temp_folder.h"

namespace minivmm {
namespace {

using Catch::Contains;
using test::ChildProcess;
using test::Rendezvous;

DiskConfig writable(const std::string& path) {
  return {.path = path};
}
DiskConfig read_only(const std::string& path) {
  return {.path = path, .read_only = true};
}

TEST_CASE("an image that another process writes is refused, and the message names that process") {
  const test::TempFolder folder;
  const std::string path = folder.sparse_file("disk", 512);
  const Rendezvous locked;
  const ChildProcess child([&] {
    const ImageFile image(writable(path));
    locked.arrive();
    for (;;) ::pause();
    return 0;
  });
  locked.wait();
  const std::string holder = "process " + std::to_string(child.pid()) + ", backends_test";
  CHECK_THROWS_WITH(ImageFile(writable(path)), Contains(holder) && Contains("disk '" + path));
  CHECK_THROWS_WITH(ImageFile(read_only(path)), Contains(holder));
  CHECK_THROWS_AS(ImageFile(writable(path)), ConfigError);
}

TEST_CASE("an image that was closed is free at once, whoever still holds its description") {
  const test::TempFolder folder;
  const std::string path = folder.sparse_file("disk", 512);
  UniqueFd copy;
  {
    const ImageFile image(writable(path));
    copy.reset(::fcntl(image.fd(), F_DUPFD_CLOEXEC, 0));
  }
  CHECK_NOTHROW(ImageFile(writable(path)));
}

TEST_CASE("an image that another process only reads can be read too, but not written") {
  const test::TempFolder folder;
  const std::string path = folder.sparse_file("disk", 512);
  const Rendezvous locked;
  const ChildProcess child([&] {
    const ImageFile image(read_only(path));
    locked.arrive();
    for (;;) ::pause();
    return 0;
  });
  locked.wait();
  CHECK_NOTHROW(ImageFile(read_only(path)));
  CHECK_THROWS_WITH(ImageFile(writable(path)), Contains(std::to_string(child.pid())));
}

TEST_CASE("an image locked by an older kind of lock is refused with its holder as well") {
  const test::TempFolder folder;
  const std::string path = folder.sparse_file("disk", 512);
  const Rendezvous locked;
  const ChildProcess child([&] {
    const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    struct flock lock {};
    lock.l_type = F_WRLCK;
    if (::fcntl(fd, F_SETLK, &lock) != 0) return 1;
    locked.arrive();
    for (;;) ::pause();
    return 0;
  });
  locked.wait();
  CHECK_THROWS_WITH(ImageFile(writable(path)), Contains(std::to_string(child.pid())));
}

TEST_CASE("the same image twice in one machine is refused unless both only read") {
  const test::TempFolder folder;
  const std::string path = folder.sparse_file("disk", 512);
  {
    const ImageFile first(writable(path));
    CHECK_THROWS_WITH(ImageFile(writable(path)), Contains("given twice"));
    CHECK_THROWS_WITH(ImageFile(read_only(path)), Contains("given twice"));
  }
  const ImageFile first(read_only(path));
  CHECK_NOTHROW(ImageFile(read_only(path)));
}

TEST_CASE("an image is free again when its machine has gone, and with direct as well") {
  const bool direct = GENERATE(false, true);
  const test::TempFolder folder;
  const std::string path = folder.sparse_file("disk", 4096);
  {
    const ImageFile image({.path = path, .direct = direct});
    CHECK_THROWS_AS(ImageFile(writable(path)), ConfigError);
  }
  CHECK_NOTHROW(ImageFile(writable(path)));
}

}  // namespace
}  // namespace minivmm
