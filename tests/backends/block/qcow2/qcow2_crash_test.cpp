// Killed at any moment, an image is sound and holds all that was flushed.

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <new>

#include "backends/block/qcow2/images.h"
#include "minivmm/error.h"
#include "support/child_process.h"
#include "support/qemu_img.h"
#include "support/temp_folder.h"

namespace minivmm {
namespace {

using test::OpenDisk;

constexpr std::uint64_t kSize = 64u << 20;
constexpr std::uint64_t kBlock = 4096;
constexpr std::uint64_t kBlocks = kSize / kBlock;

// What the killed process did, in memory that outlives it. Versions of a block count up.
struct Account {
  struct Block {
    std::atomic<std::uint32_t> started{0};  // The last version whose write, or zeroing, began.
    std::atomic<std::uint32_t> zeroed{0};   // The last one that was a zeroing.
    std::atomic<std::uint32_t> flushed{0};  // The last one that a flush covered.
  };
  std::array<Block, kBlocks> blocks{};
  std::atomic<std::uint32_t> flushes{0};
};

struct Stamp {
  std::uint64_t block;
  std::uint64_t version;
};

void fill(std::span<std::byte> bytes, Stamp stamp) {
  for (std::size_t at = 0; at < bytes.size(); at += sizeof stamp)
    std::memcpy(bytes.data() + at, &stamp, sizeof stamp);
}

// Writes, zeroes and flushes until it is killed.
class Writer {
 public:
  Writer(OpenDisk& disk, Account& account, unsigned seed)
      : disk_(disk), account_(account), random_(seed) {}

  [[noreturn]] void run() {
    for (;;) {
      for (unsigned i = 0; i < 16; ++i) start_one();
      for (const BlockCompletion& each : disk_.driver().drain())
        if (each.error != 0) std::abort();
      // What was started is complete, since all has been waited for.
      done_.insert(done_.end(), touched_.begin(), touched_.end());
      touched_.clear();
      if (random_() % 3 == 0) flush();
    }
  }

 private:
  void start_one() {
    if (random_() % 6 == 0) return start_zeroing();
    const std::uint64_t block = random_() % kBlocks;
    if (std::ranges::find(touched_, block) != touched_.end()) return;
    auto& buffer = buffers_[touched_.size()];
    fill(buffer, {block, begin(block)});
    disk_.driver().start_write(block * kBlock, {buffer});
  }

  void start_zeroing() {
    constexpr std::uint64_t kBlocksAtOnce = 64;  // Four clusters.
    const std::uint64_t first = random_() % (kBlocks / kBlocksAtOnce) * kBlocksAtOnce;
    for (std::uint64_t i = 0; i < kBlocksAtOnce; ++i)
      if (std::ranges::find(touched_, first + i) != touched_.end()) return;
    for (std::uint64_t i = 0; i < kBlocksAtOnce; ++i)
      account_.blocks[first + i].zeroed = begin(first + i);
    disk_.backend().start({.op = random_() % 2 == 0 ? BlockOp::kDiscard : BlockOp::kWriteZeroes,
                           .offset = first * kBlock,
                           .length = kBlocksAtOnce * kBlock,
                           .unmap = true});
  }

  std::uint32_t begin(std::uint64_t block) {
    touched_.push_back(block);
    return ++account_.blocks[block].started;
  }

  void flush() {
    if (disk_.driver().flush() != 0) std::abort();
    for (const std::uint64_t block : done_)
      account_.blocks[block].flushed = account_.blocks[block].started.load();
    done_.clear();
    ++account_.flushes;
  }

  OpenDisk& disk_;
  Account& account_;
  std::mt19937 random_;
  // One for each block that a batch of 16 requests may touch, 64 at once.
  std::array<std::array<std::byte, kBlock>, 1024> buffers_{};
  std::vector<std::uint64_t> touched_;
  std::vector<std::uint64_t> done_;
};

bool holds_what_was_flushed(std::span<const std::byte> bytes, std::uint64_t number,
                            const Account::Block& block) {
  Stamp stamp{};
  std::memcpy(&stamp, bytes.data(), sizeof stamp);
  std::array<std::byte, kBlock> expected{};
  if (stamp.version != 0) fill(expected, stamp);
  if (std::memcmp(expected.data(), bytes.data(), kBlock) != 0) return false;
  if (stamp.version == 0) return block.flushed == 0 || block.zeroed >= block.flushed;
  return stamp.block == number && stamp.version >= block.flushed && stamp.version <= block.started;
}

// The kernel finishes what a killed process had asked of the disk, and unlocks it after that.
void wait_until_unlocked(const DiskConfig& config) {
  for (;;) {
    try {
      const ImageFile file(config);
      return;
    } catch (const ConfigError&) {
      ::usleep(1000);
    }
  }
}

unsigned rounds() {
  const char* asked = std::getenv("MINIVMM_KILLS");
  return asked == nullptr ? 10 : static_cast<unsigned>(std::atoi(asked));
}

TEST_CASE("After a kill at any moment the image is sound and holds all that was flushed") {
  if (!test::has_qemu_img()) return;
  const test::TempFolder folder;
  const DiskConfig config{.path = folder.path("disk.qcow2")};
  test::qemu_img("create -q -f qcow2 -o cluster_size=16K '" + config.path + "' 64M");
  void* memory =
      ::mmap(nullptr, sizeof(Account), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  REQUIRE(memory != MAP_FAILED);
  auto& account = *new (memory) Account;
  std::mt19937 random(std::random_device{}());
  unsigned leaks = 0;
  for (unsigned round = 0; round < rounds(); ++round) {
    const auto seed = static_cast<unsigned>(random());
    const std::uint32_t flushes = account.flushes;
    test::ChildProcess child([&] {
      OpenDisk disk(config);
      auto writer = std::make_unique<Writer>(disk, account, seed);
      writer->run();
      return 1;
    });
    while (account.flushes == flushes) ::usleep(100);
    ::usleep(static_cast<useconds_t>(random() % 100'000));
    child.send(SIGKILL);
    const int status = child.wait();
    REQUIRE(WIFSIGNALED(status));
    REQUIRE(WTERMSIG(status) == SIGKILL);
    wait_until_unlocked(config);

    INFO("round " << round << ", seed " << seed);
    const int found = test::check_image(config.path);
    CHECK((found == 0 || found == 3));
    leaks += found == 3 ? 1 : 0;
    OpenDisk disk({.path = config.path, .read_only = true});
    const auto content = disk.content();
    std::uint64_t wrong = 0;
    for (std::uint64_t i = 0; i < kBlocks; ++i) {
      auto& block = account.blocks[i];
      const auto bytes = std::span(content).subspan(i * kBlock, kBlock);
      if (!holds_what_was_flushed(bytes, i, block)) ++wrong;
      // What is there now is what the next round begins with, and is stable: the host is up.
      Stamp stamp{};
      std::memcpy(&stamp, bytes.data(), sizeof stamp);
      block.flushed =
          stamp.version != 0 ? static_cast<std::uint32_t>(stamp.version) : block.zeroed.load();
    }
    CHECK(wrong == 0);
    if (wrong != 0) break;
  }
  WARN(rounds() << " kills, " << account.flushes << " flushes; after " << leaks
                << " of the kills clusters had leaked");
  ::munmap(memory, sizeof(Account));
}

}  // namespace
}  // namespace minivmm
