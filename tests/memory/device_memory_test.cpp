#include "memory/device_memory.h"

#include <sys/mman.h>

#include <catch2/catch.hpp>
#include <vector>

#include "minivmm/error.h"

namespace minivmm {

TEST_CASE("Every view of a device's memory shows the same bytes") {
  const DeviceMemory memory(64 << 10);
  const Mapping view = memory.map_again();
  REQUIRE(view.size() == memory.bytes().size());

  memory.bytes()[5000] = std::byte{0x5a};

  CHECK(view.bytes()[5000] == std::byte{0x5a});
  CHECK(view.bytes()[5001] == std::byte{0});
}

TEST_CASE("A view that is write-protected leaves the others writable") {
  const DeviceMemory memory(64 << 10);
  const Mapping view = memory.map_again();
  REQUIRE(::mprotect(view.data(), view.size(), PROT_READ) == 0);

  memory.bytes()[0] = std::byte{1};

  CHECK(view.bytes()[0] == std::byte{1});
}

TEST_CASE("Device memory is reserved without being touched") {
  constexpr std::size_t kPage = 4096;
  const DeviceMemory memory(256 << 20);
  std::vector<unsigned char> resident(memory.bytes().size() / kPage);
  REQUIRE(::mincore(memory.bytes().data(), memory.bytes().size(), resident.data()) == 0);
  for (const unsigned char page : resident) REQUIRE((page & 1) == 0);
}

}  // namespace minivmm
