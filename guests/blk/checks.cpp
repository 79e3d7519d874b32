#include "blk/checks.h"

#include "lib/boot_info.h"
#include "lib/cpu.h"
#include "lib/exit.h"
#include "lib/print.h"
#include "lib/random.h"
#include "lib/text.h"

using namespace guest;

namespace {

constexpr std::uint32_t kSize = 2048;  // Of one request.
constexpr unsigned kRequests = 4;      // In flight together.
constexpr std::uint32_t kSectorsEach = kSize / kSectorSize;

constexpr BlockSetup kPlain = {Chains::kDirect, Notifications::kByFlags, Waiting::kPolling};
constexpr BlockSetup kSetups[] = {
    kPlain,
    {Chains::kDirect, Notifications::kByEventIndex, Waiting::kPolling},
    {Chains::kIndirect, Notifications::kByFlags, Waiting::kPolling},
    {Chains::kIndirect, Notifications::kByEventIndex, Waiting::kPolling},
    {Chains::kDirect, Notifications::kByFlags, Waiting::kMsix},
    {Chains::kIndirect, Notifications::kByEventIndex, Waiting::kMsix},
    {Chains::kDirect, Notifications::kByFlags, Waiting::kIntx},
    {Chains::kIndirect, Notifications::kByEventIndex, Waiting::kIntx},
};

alignas(4096) std::uint64_t buffers[kRequests][kSize / 8];

void fill(std::uint64_t seed) {
  Random random(seed);
  for (auto& buffer : buffers) {
    for (std::uint64_t& word : buffer) word = random.next();
  }
}

/// Compares, and clears for the next reading.
bool holds(std::uint64_t seed) {
  Random random(seed);
  bool same = true;
  for (auto& buffer : buffers) {
    for (std::uint64_t& word : buffer) {
      same = same && word == random.next();
      word = 0;
    }
  }
  return same;
}

void clear() {
  memset(buffers, 0, sizeof(buffers));
}

/// All buffers in flight at once, in one queue.
void transfer(BlockDriver& disk, unsigned queue, BlockRequest request, std::uint64_t sector) {
  for (unsigned i = 0; i < kRequests; ++i) {
    disk.add(queue, i, request, sector + i * kSectorsEach, buffers[i], kSize,
             i % 2 == 0 ? Pieces::kWhole : Pieces::kSplit);
  }
  disk.publish(queue);
  unsigned seen = 0;
  for (unsigned i = 0; i < kRequests; ++i) {
    unsigned slot = 0;
    std::uint32_t written = 0;
    disk.wait(queue, slot, written);
    check(slot < kRequests && (seen & 1u << slot) == 0, "each request is answered once");
    seen |= 1u << slot;
    check(disk.status(queue, slot) == BlockStatus::kOk, "a request within the disk is done");
    check(request != BlockRequest::kRead || written == kSize + 1,
          "the used ring says how much a read wrote");
  }
}

void describe(const BlockDriver& disk, const BlockSetup& setup) {
  const char* const waiting[] = {"polling", "MSI-X", "INTx"};
  print("{} queues, {} chains, notified by {}, {}\n", disk.queues(),
        setup.chains == Chains::kDirect ? "direct" : "indirect",
        setup.notifications == Notifications::kByFlags ? "flags" : "event index",
        waiting[static_cast<unsigned>(setup.waiting)]);
}

/// The next setup's data differs, and so does the next queue's: stale data never passes.
void check_setup(BlockDriver& disk, const BlockSetup& setup, std::uint64_t seed) {
  disk.start(setup);
  describe(disk, setup);
  check(disk.sectors() >= 2048, "the disk has at least 1 MiB");
  check(disk.depth() >= kRequests, "a queue has room for some requests");
  for (unsigned queue = 0; queue < disk.queues(); ++queue) {
    const std::uint64_t sector = 8 + queue * kRequests * kSectorsEach;
    fill(seed + queue);
    transfer(disk, queue, BlockRequest::kWrite, sector);
    check(disk.run(queue, BlockRequest::kFlush, 0, nullptr, 0) == BlockStatus::kOk,
          "a flush is done");
    clear();
    transfer(disk, queue, BlockRequest::kRead, sector);
    check(holds(seed + queue), "what was written is read back");
  }
}

void check_id(BlockDriver& disk) {
  char id[kBlockIdSize + 1] = {};
  check(disk.run(0, BlockRequest::kGetId, 0, id, kBlockIdSize) == BlockStatus::kOk,
        "get-id is done");
  print("id: \"{}\"\n", id);
  check(!has_option("serial") || option_is("serial", id), "get-id tells the disk's serial");
}

void check_write_zeroes(BlockDriver& disk) {
  if ((disk.features() & kBlockWriteZeroes) == 0) {
    print("no write zeroes here\n");
    return;
  }
  constexpr std::uint64_t kSector = 64;
  fill(1);
  transfer(disk, 0, BlockRequest::kWrite, kSector);
  const BlockRange range = {.sector = kSector + 1, .count = 2, .flags = 0};
  check(disk.run(0, BlockRequest::kWriteZeroes, 0, &range, sizeof(range)) == BlockStatus::kOk,
        "write zeroes is done");
  transfer(disk, 0, BlockRequest::kRead, kSector);
  constexpr unsigned kWordsPerSector = kSectorSize / 8;
  for (unsigned i = kWordsPerSector; i < 3 * kWordsPerSector; ++i) {
    check(buffers[0][i] == 0, "the zeroed sectors read as zeros");
  }
  Random random(1);
  for (unsigned i = 0; i < kWordsPerSector; ++i) {
    check(buffers[0][i] == random.next(), "the sector before the zeroed ones is as it was");
  }
}

void check_discard(BlockDriver& disk) {
  if ((disk.features() & kBlockDiscard) == 0) {
    print("no discard here\n");
    return;
  }
  const BlockRange range = {.sector = 1024, .count = 64, .flags = 0};
  check(disk.run(0, BlockRequest::kDiscard, 0, &range, sizeof(range)) == BlockStatus::kOk,
        "a discard is done");
  const BlockRange beyond = {.sector = disk.sectors() - 1, .count = 64, .flags = 0};
  check(disk.run(0, BlockRequest::kDiscard, 0, &beyond, sizeof(beyond)) != BlockStatus::kOk,
        "a discard beyond the disk's end is refused");
}

void check_impossible_requests(BlockDriver& disk) {
  check(disk.run(0, BlockRequest::kRead, disk.sectors() - 1, buffers[0], kSize) ==
            BlockStatus::kIoError,
        "a read beyond the disk's end is an I/O error");
  check(disk.run(0, BlockRequest::kWrite, ~0ull, buffers[0], kSize) == BlockStatus::kIoError,
        "a write at the end of the number range is an I/O error");
  check(disk.run(0, BlockRequest::kNonsense, 0, buffers[0], kSize) == BlockStatus::kUnsupported,
        "a request of an unknown type is unsupported");
  check(disk.run(0, BlockRequest::kRead, 0, buffers[0], kSize) == BlockStatus::kOk,
        "and then the disk still works");
}

}  // namespace

void check_data(BlockDriver& disk) {
  std::uint64_t seed = 0x6d696e69;
  for (const BlockSetup& setup : kSetups) {
    check_setup(disk, setup, seed);
    seed += 100;
  }
  check(disk.queues() == option("queues", disk.queues()), "the disk has as many queues as asked");
}

void check_other_requests(BlockDriver& disk) {
  disk.start(kPlain);
  check_id(disk);
  check_write_zeroes(disk);
  check_discard(disk);
  check_impossible_requests(disk);
}

void check_read_only_disk(BlockDriver& disk) {
  disk.start(kPlain);
  check((disk.features() & kBlockReadOnly) != 0, "a read-only disk says that it is");
  check(disk.run(0, BlockRequest::kRead, 0, buffers[0], kSize) == BlockStatus::kOk,
        "a read-only disk is read");
  check(disk.run(0, BlockRequest::kWrite, 0, buffers[0], kSize) == BlockStatus::kIoError,
        "a write to a read-only disk is an I/O error");
}

void check_reboot(BlockDriver& disk) {
  constexpr std::uint64_t kResetOnce = 0x7265'626f'6f74;
  std::uint64_t& mark = buffers[0][0];
  disk.start(kPlain);
  check(disk.run(0, BlockRequest::kRead, 0, buffers[0], kSize) == BlockStatus::kOk,
        "a read within the disk is done");
  check(mark == 0 || mark == kResetOnce, "the disk is a new one, or ours");
  if (mark == kResetOnce) return;
  mark = kResetOnce;
  check(disk.run(0, BlockRequest::kWrite, 0, buffers[0], kSize) == BlockStatus::kOk,
        "a write within the disk is done");
  print("resetting\n");
  reset_machine();
}
