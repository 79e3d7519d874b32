// What a guest writes to a qcow2 image is what it reads, and what qemu-img reads.

#include <fcntl.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "backends/block/qcow2/create.h"
#include "backends/block/qcow2/images.h"
#include "host/unique_fd.h"
#include "support/qemu_img.h"
#include "support/temp_folder.h"

namespace minivmm {
namespace {

using test::OpenDisk;
using test::RandomRequests;

constexpr std::uint64_t kSize = (6u << 20) + 512;  // The last cluster is not whole.

std::string quoted(const std::string& path) {
  return "'" + path + "'";
}

// The image is sound, and holds what its twin does, as qemu-img sees it and as a new machine does.
void check_result(const test::TempFolder& folder, const DiskConfig& config,
                  std::vector<std::byte>& twin) {
  CHECK(test::check_image(config.path) == 0);
  const std::string raw = folder.path("twin.raw");
  test::write_file(raw, twin);
  test::qemu_img("compare -f raw -F qcow2 " + quoted(raw) + " " + quoted(config.path));
  OpenDisk again(config);
  CHECK(again.content() == twin);
}

TEST_CASE("Random requests leave a qcow2 disk as a plain array would be, and its image sound") {
  if (!test::has_qemu_img()) return;
  const std::string options =
      GENERATE(as<std::string>{}, "compat=1.1", "compat=0.10", "cluster_size=512",
               "cluster_size=4096", "cluster_size=2M", "lazy_refcounts=on", "refcount_bits=1",
               "refcount_bits=2", "refcount_bits=4", "refcount_bits=8", "refcount_bits=32",
               "refcount_bits=64", "cluster_size=512,refcount_bits=64", "preallocation=metadata",
               "preallocation=falloc", "preallocation=full");
  INFO(options);
  const test::TempFolder folder;
  const DiskConfig config{.path = folder.path("disk.qcow2")};
  test::qemu_img("create -q -f qcow2 -o " + options + " " + quoted(config.path) + " " +
                 std::to_string(kSize));
  std::vector<std::byte> twin(kSize);
  for (unsigned seed = 1; seed <= 2; ++seed) {
    OpenDisk disk(config);
    REQUIRE(disk.info().size == kSize);
    RandomRequests(disk, twin, seed).run(40);
    REQUIRE(disk.driver().flush() == 0);
  }
  check_result(folder, config, twin);
}

TEST_CASE("Compressed clusters are read, and written over") {
  if (!test::has_qemu_img()) return;
  const std::string options =
      GENERATE(as<std::string>{}, "compat=1.1", "compat=0.10", "cluster_size=4096");
  INFO(options);
  const test::TempFolder folder;
  std::vector<std::byte> twin(kSize);
  // Some of it compresses well, some not at all, some is nothing.
  const auto noise = test::random_bytes(1u << 20, 7);
  std::ranges::copy(noise, twin.begin() + (1u << 20));
  for (std::size_t i = 2u << 20; i < 5u << 20; ++i) twin[i] = static_cast<std::byte>(i >> 8);
  const DiskConfig config{.path = folder.path("disk.qcow2")};
  test::write_file(folder.path("from.raw"), twin);
  test::qemu_img("convert -c -f raw -O qcow2 -o " + options + " " +
                 quoted(folder.path("from.raw")) + " " + quoted(config.path));
  {
    OpenDisk disk(config);
    CHECK(disk.content() == twin);
    RandomRequests(disk, twin, 3).run(40);
    REQUIRE(disk.driver().flush() == 0);
  }
  check_result(folder, config, twin);
}

TEST_CASE("What an image doesn't have is read from its backing file, which stays as it was") {
  if (!test::has_qemu_img()) return;
  const std::string format = GENERATE(as<std::string>{}, "raw", "qcow2");
  const std::string options =
      GENERATE(as<std::string>{}, "compat=1.1", "compat=0.10", "cluster_size=4096");
  INFO(format << " " << options);
  const test::TempFolder folder;
  constexpr std::uint64_t kBase = (4u << 20) + 1536;  // Smaller than the disk.
  auto base = test::random_bytes(kBase, 11);
  std::fill_n(base.begin() + (1u << 20), 1u << 20, std::byte{0});
  test::write_file(folder.path("base.raw"), base);
  test::qemu_img("convert -f raw -O " + format + " " + quoted(folder.path("base.raw")) + " " +
                 quoted(folder.path("base")));
  const DiskConfig config{.path = folder.path("disk.qcow2"), .backing = true};
  test::qemu_img("create -q -f qcow2 -b base -F " + format + " -o " + options + " " +
                 quoted(config.path) + " " + std::to_string(kSize));
  const std::string base_before = folder.content("base");
  std::vector<std::byte> twin = base;
  twin.resize(kSize);
  {
    OpenDisk disk(config);
    CHECK(disk.content() == twin);
    RandomRequests(disk, twin, 5).run(60);
    REQUIRE(disk.driver().flush() == 0);
  }
  check_result(folder, config, twin);
  CHECK(folder.content("base") == base_before);
}

TEST_CASE("An image that was made here is one that qemu-img knows") {
  if (!test::has_qemu_img()) return;
  const unsigned cluster_bits = GENERATE(12u, 16u, 21u);
  const test::TempFolder folder;
  const DiskConfig config{.path = folder.file("disk.qcow2", "")};
  constexpr std::uint64_t kLarge = 3ull << 30;
  {
    const UniqueFd fd(::open(config.path.c_str(), O_RDWR));
    qcow2::make_empty_image(fd.get(), kLarge, {.cluster_bits = cluster_bits}, "disk");
  }
  CHECK(test::check_image(config.path) == 0);
  CHECK_THAT(test::qemu_img("info " + quoted(config.path)), Catch::Contains("3 GiB"));
  auto written = test::random_bytes(100'000 / 512 * 512, 9);
  {
    OpenDisk disk(config);
    for (std::uint64_t offset = 0; offset + written.size() < kLarge; offset += 500u << 20)
      REQUIRE(disk.driver().write(offset, written) == 0);
    REQUIRE(disk.driver().flush() == 0);
  }
  CHECK(test::check_image(config.path) == 0);
  OpenDisk again({.path = config.path, .read_only = true});
  std::vector<std::byte> read(written.size());
  REQUIRE(again.driver().read(1000u << 20, read) == 0);
  CHECK(read == written);
}

TEST_CASE("A disk becomes larger and smaller, and keeps what is left of it") {
  if (!test::has_qemu_img()) return;
  const std::string options = GENERATE(as<std::string>{}, "cluster_size=65536", "cluster_size=512");
  const test::TempFolder folder;
  const DiskConfig config{.path = folder.path("disk.qcow2")};
  test::qemu_img("create -q -f qcow2 -o " + options + " " + quoted(config.path) + " 4M");
  auto written = test::random_bytes(1u << 20, 13);
  {
    OpenDisk disk(config);
    REQUIRE(disk.driver().write(3u << 20, written) == 0);
    REQUIRE(disk.driver().flush() == 0);
  }
  const std::uint64_t size = GENERATE(5u << 20, 600u << 20, (3u << 20) + 512);
  if (size < 4u << 20) {
    OpenDisk disk(config);
    REQUIRE(disk.driver().run({.op = BlockOp::kWriteZeroes,
                               .offset = size,
                               .length = (4u << 20) - size,
                               .unmap = true}) == 0);
    REQUIRE(disk.driver().flush() == 0);
  }
  {
    const ImageFile file(config);
    qcow2::Image image(file);
    qcow2::resize(image, size);
  }
  CHECK(test::check_image(config.path) == 0);
  {
    OpenDisk disk(config);
    REQUIRE(disk.info().size == size);
    std::vector<std::byte> read(512);
    REQUIRE(disk.driver().read(3u << 20, read) == 0);
    CHECK(std::memcmp(read.data(), written.data(), read.size()) == 0);
    REQUIRE(disk.driver().write(size - 512, read) == 0);
    REQUIRE(disk.driver().flush() == 0);
  }
  CHECK(test::check_image(config.path) == 0);
}

TEST_CASE("A discarded disk gives its space back to the host, and takes it again") {
  if (!test::has_qemu_img()) return;
  const test::TempFolder folder;
  const DiskConfig config{.path = folder.path("disk.qcow2")};
  test::qemu_img("create -q -f qcow2 " + quoted(config.path) + " 64M");
  auto written = test::random_bytes(8u << 20, 17);
  OpenDisk disk(config);
  const auto used = [&] {
    struct stat status {};
    REQUIRE(::stat(config.path.c_str(), &status) == 0);
    return static_cast<std::uint64_t>(status.st_blocks) * 512;
  };
  for (int round = 0; round < 4; ++round) {
    REQUIRE(disk.driver().write(16u << 20, written) == 0);
    REQUIRE(disk.driver().flush() == 0);
    CHECK(used() >= written.size());
    REQUIRE(disk.driver().run({.op = BlockOp::kDiscard, .offset = 16u << 20, .length = 8u << 20}) ==
            0);
    REQUIRE(disk.driver().flush() == 0);
    CHECK(used() < 2u << 20);
  }
  std::vector<std::byte> read(written.size());
  REQUIRE(disk.driver().read(16u << 20, read) == 0);
  CHECK(std::ranges::count(read, std::byte{0}) == static_cast<std::ptrdiff_t>(read.size()));
}

}  // namespace
}  // namespace minivmm
