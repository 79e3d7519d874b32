// Images that can't be used, or not as they are, are named with the reason and a remedy.

#include <fcntl.h>

#include <catch2/catch.hpp>

#include "backends/block/qcow2/create.h"
#include "backends/block/qcow2/file_bytes.h"
#include "backends/block/qcow2/images.h"
#include "host/unique_fd.h"
#include "minivmm/error.h"
#include "support/qemu_img.h"
#include "support/temp_folder.h"

namespace minivmm {
namespace {

using Catch::Contains;
using test::OpenDisk;
namespace layout = qcow2;

constexpr std::uint64_t kCluster = 65536;

std::string complaint(const DiskConfig& config) {
  try {
    const DiskImage image(config);
    return "";
  } catch (const ConfigError& error) {
    return error.what();
  }
}

// An image of 8 MiB with 100 KiB of data, to be changed.
class Victim {
 public:
  explicit Victim(const test::TempFolder& folder)
      : config_{.path = folder.file("disk.qcow2", "")},
        fd_(::open(config_.path.c_str(), O_RDWR | O_CLOEXEC)) {
    qcow2::make_empty_image(fd_.get(), 8u << 20, {}, "disk");
    OpenDisk disk(config_);
    REQUIRE(disk.driver().write(0, data_) == 0);
    REQUIRE(disk.driver().flush() == 0);
  }

  template <typename T>
  [[nodiscard]] T get(std::uint64_t offset) const {
    std::array<std::byte, sizeof(T)> bytes{};
    qcow2::read_bytes(fd_.get(), offset, bytes, "disk");
    return layout::load_be<T>(bytes.data());
  }
  template <typename T>
  void set(std::uint64_t offset, T value) const {
    std::array<std::byte, sizeof(T)> bytes{};
    layout::store_be(bytes.data(), value);
    qcow2::write_bytes(fd_.get(), offset, bytes, "disk");
  }
  [[nodiscard]] std::uint64_t l1_offset() const {
    return get<std::uint64_t>(layout::kHeaderL1Offset);
  }
  [[nodiscard]] std::uint64_t l2_offset() const {
    return get<std::uint64_t>(l1_offset()) & layout::kOffsetMask;
  }
  [[nodiscard]] std::uint64_t refcount_block() const {
    return get<std::uint64_t>(get<std::uint64_t>(layout::kHeaderRefcountTable));
  }
  [[nodiscard]] const DiskConfig& config() const { return config_; }
  [[nodiscard]] DiskConfig read_only() const { return {.path = config_.path, .read_only = true}; }
  [[nodiscard]] std::vector<std::byte>& data() { return data_; }

 private:
  const DiskConfig config_;
  UniqueFd fd_;
  std::vector<std::byte> data_ = test::random_bytes(200 * 512, 1);
};

TEST_CASE("A raw disk that begins as qcow2 does is refused, and used where one insists") {
  const test::TempFolder folder;
  const std::string path = folder.file("disk.img", "QFI\xfb" + std::string(65532, '\0'));
  CHECK_THAT(complaint({path}), Contains("begins as a qcow2 image does") &&
                                    Contains(",format=qcow2'") && Contains(",format=raw'"));
  CHECK(complaint({.path = path, .format = DiskFormat::kRaw}).empty());
}

TEST_CASE("The format comes from what is said, else from the name, never from the content") {
  const test::TempFolder folder;
  CHECK_THAT(complaint({folder.file("zeroes.qcow2", std::string(65536, '\0'))}),
             Contains("not a qcow2 image") && Contains(",format=raw"));
  CHECK(complaint({.path = folder.path("zeroes.qcow2"), .format = DiskFormat::kRaw}).empty());
  CHECK_THAT(complaint({.path = folder.file("disk", "x"), .format = DiskFormat::kQcow2}),
             Contains("not a qcow2 image"));
}

TEST_CASE("What of the header can't be used is named") {
  const test::TempFolder folder;
  const Victim victim(folder);
  const auto refused_with = [&](std::uint64_t offset, auto value) {
    const auto before = victim.get<decltype(value)>(offset);
    victim.set(offset, value);
    const std::string said = complaint(victim.config());
    victim.set(offset, before);
    return said;
  };
  using u32 = std::uint32_t;
  using u64 = std::uint64_t;
  CHECK_THAT(refused_with(layout::kHeaderVersion, u32{4}), Contains("version 4"));
  CHECK_THAT(refused_with(layout::kHeaderClusterBits, u32{8}), Contains("2^8"));
  CHECK_THAT(refused_with(layout::kHeaderClusterBits, u32{22}), Contains("2^22"));
  CHECK_THAT(refused_with(layout::kHeaderCryptMethod, u32{1}), Contains("encrypted (AES)"));
  CHECK_THAT(refused_with(layout::kHeaderCryptMethod, u32{2}), Contains("encrypted (LUKS)"));
  CHECK_THAT(refused_with(layout::kHeaderSize, u64{0}), Contains("no content"));
  CHECK_THAT(refused_with(layout::kHeaderSize, u64{1} << 60), Contains("L1 table"));
  CHECK_THAT(refused_with(layout::kHeaderL1Size, u32{0}), Contains("L1 table"));
  CHECK_THAT(refused_with(layout::kHeaderL1Offset, u64{123}), Contains("L1 table"));
  CHECK_THAT(refused_with(layout::kHeaderL1Offset, u64{1} << 40), Contains("L1 table"));
  CHECK_THAT(refused_with(layout::kHeaderRefcountTable, u64{1}), Contains("refcount table"));
  CHECK_THAT(refused_with(layout::kHeaderRefcountClusters, u32{0}), Contains("refcount table"));
  CHECK_THAT(refused_with(layout::kHeaderRefcountOrder, u32{7}), Contains("refcounts of 2^7"));
  CHECK_THAT(refused_with(layout::kHeaderLength, u32{1}), Contains("length of 1"));
  CHECK_THAT(refused_with(layout::kHeaderIncompatible, u64{1 << 2}),
             Contains("external data file"));
  CHECK_THAT(refused_with(layout::kHeaderIncompatible, u64{1 << 3}), Contains("zstd"));
  CHECK_THAT(refused_with(layout::kHeaderIncompatible, u64{1 << 4}), Contains("extended L2"));
  CHECK_THAT(refused_with(layout::kHeaderIncompatible, u64{1} << 40), Contains("feature 40"));
  CHECK(complaint(victim.config()).empty());
}

TEST_CASE("An unknown feature is called as the image calls it") {
  const test::TempFolder folder;
  const Victim victim(folder);
  const auto extensions = victim.get<std::uint32_t>(layout::kHeaderLength);
  victim.set(extensions, layout::kExtensionFeatureNames);
  victim.set(extensions + 4, std::uint32_t{48});
  victim.set(extensions + 8, std::uint8_t{0});
  victim.set(extensions + 9, std::uint8_t{41});
  victim.set(extensions + 10, std::uint32_t{0x74696d65});  // "time"
  victim.set(layout::kHeaderIncompatible, std::uint64_t{1} << 41);
  CHECK_THAT(complaint(victim.config()), Contains("needs 'time'"));
}

TEST_CASE("An image that is marked as damaged is only read") {
  const test::TempFolder folder;
  Victim victim(folder);
  victim.set(layout::kHeaderIncompatible, layout::kCorrupt);
  CHECK_THAT(complaint(victim.config()), Contains("marked as damaged") && Contains(",readonly"));
  OpenDisk disk(victim.read_only());
  std::vector<std::byte> read(victim.data().size());
  CHECK(disk.driver().read(0, read) == 0);
  CHECK(read == victim.data());
}

TEST_CASE("Internal snapshots and bitmaps keep an image from being written") {
  if (!test::has_qemu_img()) return;
  const test::TempFolder folder;
  const DiskConfig config{.path = folder.path("disk.qcow2")};
  test::qemu_img("create -q -f qcow2 '" + config.path + "' 1M");
  test::qemu_img("bitmap --add '" + config.path + "' changes");
  CHECK_THAT(complaint(config), Contains("bitmaps") && Contains("--remove"));
  test::qemu_img("bitmap --remove '" + config.path + "' changes");
  CHECK(complaint(config).empty());
  test::qemu_img("snapshot -c before '" + config.path + "'");
  CHECK_THAT(complaint(config), Contains("internal snapshots") && Contains(",readonly"));
  CHECK(complaint({.path = config.path, .read_only = true}).empty());
}

TEST_CASE("Refcounts that say less than is in use are corrected, and no data is lost") {
  if (!test::has_qemu_img()) return;
  const bool marked = GENERATE(false, true);
  const test::TempFolder folder;
  Victim victim(folder);
  for (std::uint64_t i = 0; i < 16; ++i)
    victim.set(victim.refcount_block() + i * 2, std::uint16_t{0});
  if (marked) victim.set(layout::kHeaderIncompatible, layout::kDirty);
  CHECK(test::check_image(victim.config().path) == 2);

  auto more = test::random_bytes(1u << 20, 2);
  {
    OpenDisk disk(victim.config());
    CHECK(test::run_tool("true").status == 0);
    REQUIRE(disk.driver().write(4u << 20, more) == 0);
    REQUIRE(disk.driver().flush() == 0);
    std::vector<std::byte> read(victim.data().size());
    REQUIRE(disk.driver().read(0, read) == 0);
    CHECK(read == victim.data());
  }
  CHECK(test::check_image(victim.config().path) == 0);
  CHECK(victim.get<std::uint64_t>(layout::kHeaderIncompatible) == 0);
}

TEST_CASE("Clusters that leaked are found again when the image is opened") {
  if (!test::has_qemu_img()) return;
  const test::TempFolder folder;
  Victim victim(folder);
  constexpr std::uint64_t kLeaked = 30;
  victim.set(victim.refcount_block() + kLeaked * 2, std::uint16_t{1});
  victim.set((kLeaked + 1) * 65536 - 1, std::uint8_t{1});  // It is within the file.
  CHECK(test::check_image(victim.config().path) == 3);
  { const OpenDisk disk(victim.config()); }
  CHECK(test::check_image(victim.config().path) == 0);
}

TEST_CASE("Where two uses of a cluster overlap, the image isn't written to") {
  const test::TempFolder folder;
  const Victim victim(folder);
  const std::uint64_t l2 = victim.l2_offset();
  const auto refused_with = [&](std::uint64_t entry) {
    victim.set(l2 + 80, entry);
    return complaint(victim.config());
  };
  const std::uint64_t data = victim.get<std::uint64_t>(l2);
  CHECK_THAT(refused_with(data), Contains("is damaged") && Contains("in use for something else"));
  CHECK_THAT(refused_with(l2 | layout::kCopied), Contains("in use for something else"));
  CHECK_THAT(refused_with(kCluster | layout::kCopied), Contains("in use for something else"));
  CHECK_THAT(refused_with(layout::kCompressedFlag | kCluster),
             Contains("in use for something else"));
  CHECK_THAT(refused_with(std::uint64_t{1} << 50), Contains("not a cluster of the file"));
  CHECK_THAT(refused_with(0x10200 | layout::kCopied), Contains("not a cluster of the file"));
  CHECK_THAT(complaint(victim.config()), Contains(",readonly") && Contains("qemu-img check"));
  CHECK(complaint(victim.read_only()).empty());
}

TEST_CASE("A damaged table gives an I/O error, and the rest is still read") {
  const test::TempFolder folder;
  Victim victim(folder);
  victim.set(victim.l2_offset() + 80, 0x10200 | layout::kCopied);
  OpenDisk disk(victim.read_only());
  std::vector<std::byte> read(victim.data().size());
  CHECK(disk.driver().read(10 * kCluster, std::span(read).first(512)) == EIO);
  CHECK(disk.driver().read(0, read) == 0);
  CHECK(read == victim.data());
  victim.set(victim.l1_offset(), std::uint64_t{1} << 50);
  OpenDisk again(victim.read_only());
  CHECK(again.driver().read(0, std::span(read).first(512)) == EIO);
}

TEST_CASE("Compressed data that is none gives an I/O error") {
  const test::TempFolder folder;
  Victim victim(folder);
  const std::uint64_t data = victim.get<std::uint64_t>(victim.l2_offset()) & layout::kOffsetMask;
  victim.set(victim.l2_offset(), layout::kCompressedFlag | data | 3ull << 54);
  OpenDisk disk(victim.read_only());
  std::vector<std::byte> read(512);
  CHECK(disk.driver().read(0, read) == EIO);
}

TEST_CASE("A backing file is used only where that was said, and in the format that is named") {
  if (!test::has_qemu_img()) return;
  const test::TempFolder folder;
  const std::string path = folder.path("disk.qcow2");
  const auto backed_by = [&](const std::string& words) {
    test::qemu_img("create -q -u -f qcow2 " + words + " '" + path + "' 1M");
  };
  test::qemu_img("create -q -f qcow2 '" + folder.path("base.qcow2") + "' 1M");
  folder.sparse_file("base.img", 1u << 20);

  backed_by("-b base.img -F raw");
  CHECK_THAT(complaint({path}), Contains("backed by 'base.img'") && Contains(",backing=on"));
  CHECK(complaint({.path = path, .backing = true}).empty());
  backed_by("-b absent.img -F raw");
  CHECK_THAT(complaint({.path = path, .backing = true}), Contains("absent.img': no such file"));
  backed_by("-b base.img -F vmdk");
  CHECK_THAT(complaint({.path = path, .backing = true}), Contains("the format 'vmdk'"));
  backed_by("-b base.qcow2 -F qcow2");
  CHECK(complaint({.path = path, .backing = true}).empty());
  CHECK_THAT(complaint({path}), Contains(",backing=on"));
}

TEST_CASE("A loop of backing files is refused") {
  if (!test::has_qemu_img()) return;
  const test::TempFolder folder;
  const auto make = [&](const std::string& name, const std::string& base) {
    test::qemu_img("create -q -u -f qcow2 -b " + base + " -F qcow2 '" + folder.path(name) + "' 1M");
  };
  make("self.qcow2", "self.qcow2");
  make("a.qcow2", "b.qcow2");
  make("b.qcow2", "a.qcow2");
  CHECK_THAT(complaint({.path = folder.path("self.qcow2"), .backing = true}), Contains("a loop"));
  CHECK_THAT(complaint({.path = folder.path("a.qcow2"), .backing = true}), Contains("a loop"));
}

}  // namespace
}  // namespace minivmm
