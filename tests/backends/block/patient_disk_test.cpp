// A host disk without room makes the guest wait, and loses nothing.

#include "backends/block/patient_disk.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mount.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>

#include "backends/block/qcow2/create.h"
#include "backends/block/qcow2/images.h"
#include "host/log.h"
#include "host/unique_fd.h"
#include "support/disk_driver.h"
#include "support/temp_folder.h"

namespace minivmm {
namespace {

constexpr std::uint64_t kSize = 8u << 20;

// A backend that has no room for so many requests.
class FullDisk final : public BlockBackend {
 public:
  explicit FullDisk(unsigned refusals) : refusals_(refusals) { info_.size = kSize; }

  [[nodiscard]] const BlockInfo& info() const override { return info_; }
  void watch(int event_fd) override { watched_.push_back(event_fd); }
  void start(BlockRequest request) override { requests_.push_back(std::move(request)); }
  void turn(Wait wait, std::vector<BlockCompletion>& done) override {
    if (requests_.empty() && wait == Wait::kYes) {
      std::vector<pollfd> polled;
      for (const int fd : watched_) polled.push_back({fd, POLLIN, 0});
      ::poll(polled.data(), polled.size(), -1);
    }
    for (BlockRequest& request : requests_) {
      const bool refused = request.op != BlockOp::kRead && refusals_ > 0;
      if (refused) --refusals_;
      done.push_back({request.tag, refused ? ENOSPC : 0});
      if (!refused) seen_.push_back(std::move(request));
    }
    requests_.clear();
  }
  [[nodiscard]] std::size_t in_flight() const override { return requests_.size(); }
  [[nodiscard]] const std::vector<BlockRequest>& seen() const { return seen_; }

 private:
  unsigned refusals_;
  BlockInfo info_;
  std::vector<int> watched_;
  std::vector<BlockRequest> requests_;
  std::vector<BlockRequest> seen_;
};

class QuietLog {
 public:
  QuietLog() { log::set_level(log::Level::kOff); }
  ~QuietLog() { log::set_level(log::Level::kWarning); }
};

}  // namespace

TEST_CASE("A write that the host has no room for is done when there is some") {
  const QuietLog quiet;
  auto full = std::make_unique<FullDisk>(3);
  const FullDisk& host = *full;
  unsigned tries = 0;
  bool room = false;
  PatientDisk disk(std::move(full), "disk.img",
                   {.on_full = [&] { ++tries; }, .on_room = [&] { room = true; }});
  test::DiskDriver driver(disk);
  std::vector<std::byte> bytes(512);

  driver.start_write(1024, {bytes}, 7);
  driver.start_read(0, {bytes}, 8);
  std::vector<BlockCompletion> done;
  disk.turn(BlockBackend::Wait::kYes, done);
  REQUIRE(done.size() == 1);  // Reading goes on.
  CHECK(done[0].tag == 8);
  CHECK(disk.in_flight() == 1);
  CHECK(tries == 1);
  CHECK_FALSE(room);

  const auto ended = driver.drain();
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].tag == 7);
  CHECK(ended[0].error == 0);
  REQUIRE(host.seen().size() == 2);
  CHECK(tries == 3);
  CHECK(room);
  CHECK(host.seen()[1].offset == 1024);
  CHECK(host.seen()[1].segments[0].data() == bytes.data());
}

TEST_CASE("A machine that ends waits for no room") {
  const QuietLog quiet;
  PatientDisk disk(std::make_unique<FullDisk>(~0u), "disk.img", {});
  test::DiskDriver driver(disk);
  std::vector<std::byte> bytes(512);
  driver.start_write(0, {bytes});
  std::vector<BlockCompletion> done;
  disk.turn(BlockBackend::Wait::kNo, done);
  CHECK(done.empty());

  std::thread other([&] { disk.give_up(); });
  const auto ended = driver.drain();
  other.join();
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].error == ENOSPC);
}

TEST_CASE("A qcow2 disk on a full file system loses nothing of what it was told was written") {
  const test::TempFolder folder;
  const std::string small = folder.path("small");
  std::filesystem::create_directory(small);
  if (::mount("none", small.c_str(), "tmpfs", 0, "size=3M") != 0) {
    WARN("SKIPPED: a small file system can't be mounted here");
    return;
  }
  const QuietLog quiet;
  const DiskConfig config{.path = small + "/disk.qcow2"};
  auto written = test::random_bytes(kSize / 2, 3);
  {
    const UniqueFd fd(::open(config.path.c_str(), O_RDWR | O_CREAT, 0600));
    qcow2::make_empty_image(fd.get(), kSize, {}, "disk");
  }
  {
    DiskImage image(config);
    PatientDisk disk(image.make_backend(), config.path, {});
    test::DiskDriver driver(disk);
    std::size_t started = 0;
    for (std::size_t at = 0; at < written.size(); at += 4096, ++started)
      driver.start_write(at, {std::span(written).subspan(at, 4096)});
    std::vector<BlockCompletion> done;
    for (int turns = 0; turns < 50; ++turns) disk.turn(BlockBackend::Wait::kNo, done);
    CHECK(done.size() < started);
    REQUIRE(::mount("none", small.c_str(), "tmpfs", MS_REMOUNT, "size=64M") == 0);
    for (const BlockCompletion& each : driver.drain()) CHECK(each.error == 0);
    CHECK(driver.flush() == 0);
  }
  {
    test::OpenDisk again({.path = config.path, .read_only = true});
    auto content = again.content();
    content.resize(written.size());
    CHECK(content == written);
  }
  ::umount(small.c_str());
}

}  // namespace minivmm
