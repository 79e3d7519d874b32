#include "minivmm/guest_memory.h"

#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <limits>

namespace minivmm {
namespace {

constexpr std::uint64_t kPage = 4096;

struct TwoPages {
  std::array<std::byte, kPage> low{};
  std::array<std::byte, kPage> high{};
  // Given in the wrong order, with a hole between them.
  GuestMemory memory{{{{{0x10000}, kPage}, high.data()}, {{{0}, kPage}, low.data()}}};
};

TEST_CASE("memory is the sum of its regions, in the order of their addresses") {
  const TwoPages pages;
  CHECK(pages.memory.size() == 2 * kPage);
  CHECK(pages.memory.regions()[0].range.start == GuestAddress{0});
}

TEST_CASE("what is written is read back, in the region where it belongs") {
  const TwoPages pages;
  REQUIRE(pages.memory.write<std::uint32_t>({0x10ffc}, 0x12345678));
  CHECK(pages.memory.read<std::uint32_t>({0x10ffc}) == 0x12345678u);
  CHECK(pages.high[0xffc] == std::byte{0x78});
}

TEST_CASE("an access across a region's end, into a hole or around the top copies nothing") {
  const TwoPages pages;
  CHECK_FALSE(pages.memory.write<std::uint32_t>({0xffd}, 0xffffffff));
  CHECK(pages.low[0xffd] == std::byte{0});
  CHECK_FALSE(pages.memory.read<std::uint8_t>({kPage}));
  CHECK_FALSE(pages.memory.read<std::uint64_t>({std::numeric_limits<std::uint64_t>::max() - 3}));
  CHECK_FALSE(pages.memory.at({0x10000}, std::numeric_limits<std::uint64_t>::max()));
  CHECK_FALSE(pages.memory.fill({0}, kPage + 1, std::byte{1}));
  CHECK(pages.low[0] == std::byte{0});
}

TEST_CASE("filling sets every byte of the range and no other") {
  const TwoPages pages;
  REQUIRE(pages.memory.fill({16}, 16, std::byte{0xaa}));
  CHECK(pages.low[15] == std::byte{0});
  CHECK(pages.low[16] == std::byte{0xaa});
  CHECK(pages.low[31] == std::byte{0xaa});
  CHECK(pages.low[32] == std::byte{0});
}

}  // namespace
}  // namespace minivmm
