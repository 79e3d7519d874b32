// What the host refuses reaches the guest as an error, never as a lost write said to be done.

#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>

#include "backends/block/engines.h"
#include "host/event_fd.h"
#include "host/log.h"
#include "support/child_process.h"
#include "support/disk_driver.h"
#include "support/temp_folder.h"

namespace minivmm {
namespace {

using test::DiskDriver;
using test::Engine;

constexpr std::uint64_t kDiskSize = 1u << 20;

class QuietLog {
 public:
  QuietLog() { log::set_level(log::Level::kOff); }
  ~QuietLog() { log::set_level(log::Level::kWarning); }
};

TEST_CASE("a file that has become shorter gives EIO where it ends") {
  const auto engine = GENERATE(Engine::kUring, Engine::kSync);
  if (!test::has_engine(engine)) return;
  const QuietLog quiet;
  const test::TempFolder folder;
  const ImageFile image({folder.sparse_file("disk", kDiskSize)});
  const auto backend = test::make_engine(engine, image);
  DiskDriver disk(*backend);
  std::filesystem::resize_file(folder.path("disk"), 6144);
  std::vector<std::byte> bytes(4096);
  CHECK(disk.read(0, bytes) == 0);
  CHECK(disk.read(4096, bytes) == EIO);  // Half of it is there.
  CHECK(disk.read(65536, bytes) == EIO);
}

TEST_CASE("a write beyond the process's file size limit is an error, and the disk goes on") {
  const auto engine = GENERATE(Engine::kUring, Engine::kSync);
  if (!test::has_engine(engine)) return;
  const test::TempFolder folder;
  const std::string path = folder.sparse_file("disk", kDiskSize);
  test::ChildProcess child([&] {
    const QuietLog quiet;
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{65536, 65536};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const ImageFile image({path});
    const auto backend = test::make_engine(engine, image);
    DiskDriver disk(*backend);
    std::vector<std::byte> bytes(4096);
    if (disk.write(0, bytes) != 0) return 1;
    if (disk.write(131072, bytes) != EFBIG) return 2;
    if (disk.write(65536 - 2048, bytes) != EFBIG) return 3;  // Half of it fits.
    if (disk.read(131072, bytes) != 0) return 4;
    return disk.flush() == 0 ? 0 : 5;
  });
  CHECK(child.wait() == 0);
}

TEST_CASE("an image is free as soon as its disk has gone") {
  const auto engine = GENERATE(Engine::kUring, Engine::kSync);
  if (!test::has_engine(engine)) return;
  const test::TempFolder folder;
  const std::string path = folder.sparse_file("disk", kDiskSize);
  const EventFd doorbell;
  for (int i = 0; i < 50; ++i) {
    const ImageFile image({path});  // Throws while the one before still holds the lock.
    const auto backend = test::make_engine(engine, image);
    backend->watch(doorbell.fd());
    CHECK(DiskDriver(*backend).flush() == 0);
  }
}

TEST_CASE("a full file system gives ENOSPC") {
  const auto engine = GENERATE(Engine::kUring, Engine::kSync);
  if (!test::has_engine(engine)) return;
  const test::TempFolder folder;
  const std::string mount = folder.path("small");
  std::filesystem::create_directory(mount);
  if (std::system(("mount -t tmpfs -o size=64k none " + mount + " 2>/dev/null").c_str()) != 0) {
    WARN("SKIPPED: mounting a small file system needs root");
    return;
  }
  {
    const QuietLog quiet;
    std::ofstream(mount + "/disk").close();
    std::filesystem::resize_file(mount + "/disk", kDiskSize);
    const ImageFile image({mount + "/disk"});
    const auto backend = test::make_engine(engine, image);
    DiskDriver disk(*backend);
    std::vector<std::byte> small(4096);
    std::vector<std::byte> large(256 * 1024, std::byte{1});
    CHECK(disk.write(0, small) == 0);
    CHECK(disk.write(4096, large) == ENOSPC);
    CHECK(disk.read(0, small) == 0);
  }
  CHECK(std::system(("umount " + mount).c_str()) == 0);
}

TEST_CASE("requests on a read-only image: reads and flushes work, writes are refused") {
  const auto engine = GENERATE(Engine::kUring, Engine::kSync);
  if (!test::has_engine(engine)) return;
  const QuietLog quiet;
  const test::TempFolder folder;
  const ImageFile image({.path = folder.sparse_file("disk", kDiskSize), .read_only = true});
  const auto backend = test::make_engine(engine, image);
  DiskDriver disk(*backend);
  std::vector<std::byte> bytes(512);
  CHECK(disk.read(0, bytes) == 0);
  CHECK(disk.flush() == 0);
  CHECK(disk.write(0, bytes) == EBADF);
}

}  // namespace
}  // namespace minivmm
