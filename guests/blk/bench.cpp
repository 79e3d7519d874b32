#include "blk/bench.h"

#include "lib/boot_info.h"
#include "lib/cpu.h"
#include "lib/exit.h"
#include "lib/print.h"
#include "lib/random.h"
#include "lib/stopwatch.h"
#include "lib/user_mode.h"

using namespace guest;

namespace {

/// RAM for the data, not in .bss, so that no loader spends time on clearing it: mapped from the
/// start, and behind the image.
constexpr std::uint64_t kDataArea = 16u << 20;
constexpr std::uint64_t kMostDepth = BlockDriver::kDepth, kMostSize = 128u << 10;
static_assert(kMostDepth * kMostSize <= kDataArea);

enum class Order { kRandom, kSequential };

struct Plan {
  Order order;
  bool writes;
  unsigned depth;
  std::uint32_t size;
  std::uint64_t requests;  // 0: as many as fit into `microseconds`.
  std::uint64_t microseconds;
};

/// Between two looks at the clock.
constexpr std::uint64_t kRequestsPerLook = 64;

BlockDriver* disk;
Plan plan;
Stopwatch stopwatch;
std::uint64_t places;  // That a request can start at.
Random random_place(0x626c6b);
std::uint64_t next_place;
alignas(16) std::uint8_t stack[4096];

void add_request(unsigned slot) {
  const std::uint64_t place =
      plan.order == Order::kRandom ? random_place.below(places) : next_place++ % places;
  const std::uint64_t sector = place * (plan.size / kSectorSize);
  disk->add(0, slot, plan.writes ? BlockRequest::kWrite : BlockRequest::kRead, sector,
            reinterpret_cast<void*>(kDataArea + slot * kMostSize), plan.size);
}

struct Result {
  std::uint64_t requests = 0, notifications = 0, microseconds = 0, cycles = 0;
};

/// Takes what is done; starts as many anew, if there is to be more. Returns how many were done.
unsigned turn(std::uint64_t& left_to_start) {
  unsigned done = 0;
  for (int slot = 0; (slot = disk->pop(0)) >= 0; ++done) {
    if (disk->status(0, static_cast<unsigned>(slot)) != BlockStatus::kOk) {
      print("FAILED: a request ended with status {}\n",
            static_cast<unsigned>(disk->status(0, static_cast<unsigned>(slot))));
      exit_guest(kFailureBase);
    }
    if (left_to_start > 0) {
      add_request(static_cast<unsigned>(slot));
      --left_to_start;
    }
  }
  return done;
}

Result measure() {
  Result result;
  const std::uint64_t start = stopwatch.microseconds();
  const std::uint64_t start_cycles = read_tsc();
  std::uint64_t left = plan.requests != 0 ? plan.requests : ~0ull;
  std::uint64_t in_flight = 0;
  std::uint64_t next_look = kRequestsPerLook;
  for (; in_flight < plan.depth && left > 0; --left) {
    add_request(static_cast<unsigned>(in_flight++));
  }
  result.notifications += disk->publish(0) ? 1 : 0;
  while (in_flight > 0) {
    const std::uint64_t before = left;
    const unsigned done = turn(left);
    if (done == 0) {
      pause();
      continue;
    }
    in_flight -= done - (before - left);
    result.requests += done;
    if (before != left && disk->publish(0)) ++result.notifications;
    if (plan.requests == 0 && result.requests >= next_look) {
      next_look = result.requests + kRequestsPerLook;
      if (stopwatch.microseconds() - start >= plan.microseconds) left = 0;
    }
  }
  result.cycles = read_tsc() - start_cycles;
  result.microseconds = stopwatch.microseconds() - start;
  return result;
}

void bench_in_user_mode() {
  const Result result = measure();
  print("bench: mode={} depth={} size={} requests={} microseconds={} cycles={} notifications={}\n",
        plan.order == Order::kRandom ? plan.writes ? "randwrite" : "randread"
        : plan.writes                ? "seqwrite"
                                     : "seqread",
        plan.depth, plan.size, result.requests, result.microseconds, result.cycles,
        result.notifications);
  exit_guest(kSuccess);
}

void read_plan() {
  plan.writes = option_is("mode", "randwrite") || option_is("mode", "seqwrite");
  const bool sequential = option_is("mode", "seqread") || option_is("mode", "seqwrite");
  plan.order = sequential ? Order::kSequential : Order::kRandom;
  plan.depth = static_cast<unsigned>(option("depth", 1));
  plan.size = static_cast<std::uint32_t>(option("size", 4096));
  plan.requests = option("count", 0);
  plan.microseconds = option("seconds", 2) * 1'000'000;
  check(plan.depth > 0 && plan.depth <= disk->depth(), "depth is 1 to 64");
  check(plan.size >= kSectorSize && plan.size <= kMostSize && plan.size % kSectorSize == 0,
        "size is 512 to 131072, a multiple of 512");
  places = disk->sectors() / (plan.size / kSectorSize);
  check(places > 0, "the disk is larger than a request");
}

}  // namespace

void run_bench(BlockDriver& driver) {
  disk = &driver;
  disk->start({Chains::kIndirect, Notifications::kByEventIndex, Waiting::kPolling});
  read_plan();
  stopwatch.init();
  enter_user_mode(bench_in_user_mode, stack + sizeof(stack));
}
