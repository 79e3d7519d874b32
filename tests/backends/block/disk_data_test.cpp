// What a guest writes is what it reads, whatever way the bytes go.

#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <random>

#include "backends/block/engines.h"
#include "backends/block/raw_file.h"
#include "support/disk_driver.h"
#include "support/temp_folder.h"

namespace minivmm {
namespace {

using test::DiskDriver;
using test::Engine;

constexpr std::uint64_t kDiskSize = 4u << 20;

std::vector<std::byte> random_bytes(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::byte> bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

// Guest memory whose address is a multiple of 4096 (and a bit more, where a test wants that).
class AlignedBuffer {
 public:
  explicit AlignedBuffer(std::size_t size, std::size_t shift = 0) : bytes_(size + 4096 + shift) {
    const auto address = reinterpret_cast<std::uintptr_t>(bytes_.data());
    span_ = std::span(bytes_).subspan((4096 - address % 4096) % 4096 + shift, size);
  }
  [[nodiscard]] std::span<std::byte> span() const { return span_; }

 private:
  std::vector<std::byte> bytes_;
  std::span<std::byte> span_;
};

TEST_CASE("what is written is read back, and is in the file") {
  const auto engine = GENERATE(Engine::kUring, Engine::kSync);
  if (!test::has_engine(engine)) return;
  const test::TempFolder folder;
  const ImageFile image({folder.sparse_file("disk", kDiskSize)});
  const auto backend = test::make_engine(engine, image);
  DiskDriver disk(*backend);
  auto written = random_bytes(4096, 1);
  std::vector<std::byte> read(4096);

  CHECK(disk.write(8192, written) == 0);
  CHECK(disk.flush() == 0);
  CHECK(disk.read(8192, read) == 0);

  CHECK(read == written);
  CHECK(std::memcmp(folder.content("disk").data() + 8192, written.data(), 4096) == 0);
}

TEST_CASE("one request gathers from and scatters to many pieces of guest memory") {
  const auto engine = GENERATE(Engine::kUring, Engine::kSync);
  if (!test::has_engine(engine)) return;
  const test::TempFolder folder;
  const ImageFile image({folder.sparse_file("disk", kDiskSize)});
  const auto backend = test::make_engine(engine, image);
  DiskDriver disk(*backend);
  // More pieces than one readv(2) takes, so that the transfer has to be continued.
  constexpr std::size_t kPieces = 2500;
  auto written = random_bytes(kPieces * 512, 2);
  std::vector<std::byte> read(written.size());
  std::vector<std::span<std::byte>> from;
  std::vector<std::span<std::byte>> to;
  for (std::size_t i = 0; i < kPieces; ++i) {
    from.push_back(std::span(written).subspan(i * 512, 512));
    to.push_back(std::span(read).subspan(i * 512, 512));
  }

  disk.start_write(512, from);
  CHECK(disk.drain().at(0).error == 0);
  disk.start_read(512, to);
  CHECK(disk.drain().at(0).error == 0);

  CHECK(read == written);
}

TEST_CASE("a transfer without bytes succeeds") {
  const auto engine = GENERATE(Engine::kUring, Engine::kSync);
  if (!test::has_engine(engine)) return;
  const test::TempFolder folder;
  const ImageFile image({folder.sparse_file("disk", kDiskSize)});
  const auto backend = test::make_engine(engine, image);
  DiskDriver disk(*backend);
  disk.start_read(0, {});
  CHECK(disk.drain().at(0).error == 0);
  CHECK(disk.run({.op = BlockOp::kDiscard}) == 0);
}

TEST_CASE("discarded and zeroed ranges read as zeroes, their neighbours stay") {
  const auto engine = GENERATE(Engine::kUring, Engine::kSync);
  const auto op = GENERATE(BlockOp::kDiscard, BlockOp::kWriteZeroes);
  const bool unmap = GENERATE(false, true);
  // /dev/shm (tmpfs) has no ZERO_RANGE: zeroes have to be written there.
  const auto* where = GENERATE("/tmp", "/dev/shm");
  if (!test::has_engine(engine)) return;
  const test::TempFolder folder(where);
  const ImageFile image({folder.sparse_file("disk", kDiskSize)});
  const auto backend = test::make_engine(engine, image);
  DiskDriver disk(*backend);
  auto written = random_bytes(2u << 20, 3);
  std::vector<std::byte> read(written.size());
  REQUIRE(disk.write(0, written) == 0);

  CHECK(disk.run({.op = op, .offset = 4096, .length = 1u << 20, .unmap = unmap}) == 0);
  CHECK(disk.read(0, read) == 0);

  std::fill_n(written.begin() + 4096, 1u << 20, std::byte{0});
  CHECK(read == written);
}

TEST_CASE("random requests leave the disk as a plain array would be") {
  const auto engine = GENERATE(Engine::kUring, Engine::kSync);
  const bool direct = GENERATE(false, true);
  // Guest buffers that fit O_DIRECT, and ones that don't.
  const std::size_t shift = GENERATE(std::size_t{0}, std::size_t{1});
  if (!test::has_engine(engine)) return;
  const test::TempFolder folder;
  const ImageFile image({.path = folder.sparse_file("disk", kDiskSize), .direct = direct});
  const auto backend = test::make_engine(engine, image);
  DiskDriver disk(*backend);
  std::vector<std::byte> twin(kDiskSize);
  std::mt19937 random(42);
  constexpr std::uint64_t kMost = 256 * 1024;
  const AlignedBuffer memory(kMost, shift);

  for (int i = 0; i < 300; ++i) {
    const std::uint64_t length = (random() % (kMost / kSectorSize) + 1) * kSectorSize;
    const std::uint64_t offset = random() % ((kDiskSize - length) / kSectorSize + 1) * kSectorSize;
    const auto bytes = memory.span().first(length);
    const auto part = std::span(twin).subspan(offset, length);
    switch (random() % 4) {
      case 0:
        std::ranges::fill(part, std::byte{0});
        REQUIRE(disk.run({.op = BlockOp::kWriteZeroes,
                          .offset = offset,
                          .length = length,
                          .unmap = random() % 2 == 0}) == 0);
        break;
      case 1:
        REQUIRE(disk.read(offset, bytes) == 0);
        REQUIRE(std::ranges::equal(bytes, part));
        break;
      default:
        std::ranges::generate(bytes, [&] { return static_cast<std::byte>(random()); });
        std::ranges::copy(bytes, part.begin());
        REQUIRE(disk.write(offset, bytes) == 0);
    }
  }
  REQUIRE(disk.flush() == 0);
  CHECK(folder.content("disk") ==
        std::string(reinterpret_cast<const char*>(twin.data()), twin.size()));
}

TEST_CASE("many requests at once all end, each with its own data") {
  const auto engine = GENERATE(Engine::kUring, Engine::kSync);
  if (!test::has_engine(engine)) return;
  const test::TempFolder folder;
  const ImageFile image({folder.sparse_file("disk", kDiskSize)});
  const auto backend = test::make_engine(engine, image);
  DiskDriver disk(*backend);
  // More than the ring has entries, and than it may hold in flight.
  constexpr std::size_t kRequests = 4000;
  auto written = random_bytes(kRequests * 512, 5);
  std::vector<std::byte> read(written.size());
  for (std::size_t i = 0; i < kRequests; ++i)
    disk.start_write(i * 512, {std::span(written).subspan(i * 512, 512)}, i);
  CHECK(backend->in_flight() == kRequests);

  std::vector<bool> seen(kRequests);
  for (const BlockCompletion& completion : disk.drain()) {
    CHECK(completion.error == 0);
    seen.at(completion.tag) = true;
  }
  CHECK(std::ranges::count(seen, true) == kRequests);
  for (std::size_t i = 0; i < kRequests; ++i)
    disk.start_read(i * 512, {std::span(read).subspan(i * 512, 512)}, i);
  CHECK(disk.drain().size() == kRequests);
  CHECK(read == written);
}

TEST_CASE("the disk of a machine starts requests before and after its first turn") {
  const test::TempFolder folder;
  const ImageFile image({folder.sparse_file("disk", kDiskSize)});
  RawFile backend(image);
  DiskDriver disk(backend);
  auto written = random_bytes(1024, 6);
  std::vector<std::byte> read(1024);
  disk.start_write(0, {written});
  CHECK(backend.in_flight() == 1);
  CHECK(disk.drain().at(0).error == 0);
  CHECK(disk.read(0, read) == 0);
  CHECK(read == written);
}

}  // namespace
}  // namespace minivmm
