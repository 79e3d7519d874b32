// A disk's thread waits for one thing only: turn().

#include <catch2/catch.hpp>
#include <thread>

#include "backends/block/engines.h"
#include "backends/block/raw_file.h"
#include "host/event_fd.h"
#include "support/disk_driver.h"
#include "support/temp_folder.h"

namespace minivmm {
namespace {

using test::Engine;
using Wait = BlockBackend::Wait;

constexpr std::uint64_t kDiskSize = 1u << 20;

TEST_CASE("a signalled doorbell ends a wait, each time") {
  const auto engine = GENERATE(Engine::kUring, Engine::kSync);
  if (!test::has_engine(engine)) return;
  const test::TempFolder folder;
  const ImageFile image({folder.sparse_file("disk", kDiskSize)});
  const auto backend = test::make_engine(engine, image);
  const EventFd first;
  const EventFd second;
  backend->watch(first.fd());
  backend->watch(second.fd());
  std::vector<BlockCompletion> done;
  for (int i = 0; i < 100; ++i) {
    first.signal();
    backend->turn(Wait::kYes, done);
    second.signal();
    backend->turn(Wait::kYes, done);
  }
  CHECK(done.empty());
}

TEST_CASE("a doorbell rung from another thread wakes the disk's thread, and none is missed") {
  const auto engine = GENERATE(Engine::kUring, Engine::kSync);
  if (!test::has_engine(engine)) return;
  const test::TempFolder folder;
  const ImageFile image({folder.sparse_file("disk", kDiskSize)});
  const EventFd doorbell;
  const EventFd answer;
  constexpr int kRounds = 200;
  std::thread disk([&] {
    const auto backend = test::make_engine(engine, image);
    backend->watch(doorbell.fd());
    std::vector<BlockCompletion> done;
    for (int i = 0; i < kRounds; ++i) {
      backend->turn(Wait::kYes, done);
      answer.signal();
    }
  });
  for (int i = 0; i < kRounds; ++i) {
    doorbell.signal();
    while (!answer.consume()) std::this_thread::yield();
  }
  disk.join();
}

TEST_CASE("a turn without waiting comes back at once") {
  const auto engine = GENERATE(Engine::kUring, Engine::kSync);
  if (!test::has_engine(engine)) return;
  const test::TempFolder folder;
  const ImageFile image({folder.sparse_file("disk", kDiskSize)});
  const auto backend = test::make_engine(engine, image);
  std::vector<BlockCompletion> done;
  backend->turn(Wait::kNo, done);
  CHECK(done.empty());
}

TEST_CASE("completions are appended to what the caller has already") {
  const auto engine = GENERATE(Engine::kUring, Engine::kSync);
  if (!test::has_engine(engine)) return;
  const test::TempFolder folder;
  const ImageFile image({folder.sparse_file("disk", kDiskSize)});
  const auto backend = test::make_engine(engine, image);
  std::vector<BlockCompletion> done{{7, 0}};
  backend->start({.op = BlockOp::kFlush, .tag = 9});
  backend->turn(Wait::kYes, done);
  REQUIRE(done.size() == 2);
  CHECK(done[0].tag == 7);
  CHECK(done[1].tag == 9);
  CHECK(backend->in_flight() == 0);
}

TEST_CASE("a disk is opened on one thread, used on another and closed on the first") {
  const test::TempFolder folder;
  const ImageFile image({folder.sparse_file("disk", kDiskSize)});
  RawFile backend(image);
  const EventFd doorbell;
  backend.watch(doorbell.fd());
  std::vector<std::byte> bytes(4096, std::byte{0x5a});
  int error = -1;
  std::thread disk([&] {
    std::vector<BlockCompletion> done;
    doorbell.signal();
    backend.turn(Wait::kYes, done);
    error = test::DiskDriver(backend).write(0, bytes);
  });
  disk.join();
  CHECK(error == 0);
}

}  // namespace
}  // namespace minivmm
