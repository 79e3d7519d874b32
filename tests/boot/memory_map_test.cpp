#include "boot/memory_map.h"

#include <catch2/catch.hpp>

#include "boot/low_memory.h"
#include "support/boot_images.h"

namespace minivmm::boot {
namespace {

using test::kMiB;
using test::TestRam;

TEST_CASE("a guest is told its RAM without the holes of a PC") {
  const TestRam ram(16 * kMiB);

  const MemoryMap map = make_memory_map(ram.memory(), {});

  const std::vector<MemoryMapEntry> expected{
      {{{0}, 0x9'fc00}, MemoryType::kUsable},
      {{{0x9'fc00}, 0x400}, MemoryType::kReserved},
      {{{0xe'0000}, 0x2'0000}, MemoryType::kReserved},
      {{{0x10'0000}, 15 * kMiB}, MemoryType::kUsable},
  };
  CHECK(map.entries == expected);
}

TEST_CASE("a guest is told of RAM above 4 GiB and of the reserved ECAM in between") {
  const TestRam ram(2 * kMiB, kMiB);
  const std::vector<GuestRange> reserved{{{0xb000'0000}, 256 * kMiB}};

  const MemoryMap map = make_memory_map(ram.memory(), reserved);

  REQUIRE(map.entries.size() == 6);
  CHECK(map.entries[4] == MemoryMapEntry{reserved[0], MemoryType::kReserved});
  CHECK(map.entries[5] == MemoryMapEntry{{kFourGiB, kMiB}, MemoryType::kUsable});
}

TEST_CASE("a range reserved inside of RAM is cut out of it") {
  const TestRam ram(4 * kMiB);
  const std::vector<GuestRange> reserved{{{2 * kMiB}, 0x1000}};

  const MemoryMap map = make_memory_map(ram.memory(), reserved);

  REQUIRE(map.entries.size() == 6);
  CHECK(map.entries[3].range == GuestRange{{kMiB}, kMiB});
  CHECK(map.entries[5].range == GuestRange{{2 * kMiB + 0x1000}, 2 * kMiB - 0x1000});
}

TEST_CASE("usable memory ends where RAM ends, or at the limit asked for") {
  const TestRam ram(4 * kMiB, kMiB);
  const MemoryMap map = make_memory_map(ram.memory(), {});

  CHECK(map.usable_end(kFourGiB).value == 4 * kMiB);
  CHECK(map.usable_end({3 * kMiB}).value == 3 * kMiB);
  CHECK(map.usable_end({8192 * kMiB}).value == kFourGiB.value + kMiB);
}

}  // namespace
}  // namespace minivmm::boot
