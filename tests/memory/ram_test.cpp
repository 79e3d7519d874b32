#include "memory/ram.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "minivmm/error.h"

namespace minivmm {
namespace {

using Catch::Contains;

constexpr std::uint64_t kMiB = 1ull << 20;
constexpr std::uint64_t kGiB = 1ull << 30;
constexpr GuestAddress kLowEnd{2 * kGiB};
constexpr GuestAddress kHighStart{4 * kGiB};

Ram make_ram(std::uint64_t size, Ram::Kind kind = Ram::Kind::kAnonymous) {
  return {size, kind, kLowEnd, kHighStart};
}

std::uint64_t resident_pages(const MemoryRegion& region, std::uint64_t bytes) {
  std::vector<unsigned char> pages(bytes / 4096);
  REQUIRE(::mincore(region.host, bytes, pages.data()) == 0);
  std::uint64_t count = 0;
  for (const unsigned char page : pages) count += page & 1u;
  return count;
}

TEST_CASE("a small guest has one region from 0") {
  const Ram ram = make_ram(64 * kMiB);
  REQUIRE(ram.regions().size() == 1);
  CHECK(ram.regions()[0].range == GuestRange{{0}, 64 * kMiB});
  CHECK(ram.memfd() == -1);
}

TEST_CASE("exactly 2 GiB fit below the hole") {
  const Ram ram = make_ram(2 * kGiB);
  REQUIRE(ram.regions().size() == 1);
  CHECK(ram.regions()[0].range.end() == kLowEnd);
}

TEST_CASE("what is beyond 2 GiB starts at 4 GiB") {
  const Ram ram = make_ram(3 * kGiB);
  REQUIRE(ram.regions().size() == 2);
  CHECK(ram.regions()[0].range == GuestRange{{0}, 2 * kGiB});
  CHECK(ram.regions()[1].range == GuestRange{kHighStart, kGiB});
}

TEST_CASE("regions are aligned for huge pages, and no page exists before it is touched") {
  const auto kind = GENERATE(Ram::Kind::kAnonymous, Ram::Kind::kShared);
  const Ram ram = make_ram(2 * kGiB + 64 * kMiB, kind);
  for (const MemoryRegion& region : ram.regions()) {
    CHECK(reinterpret_cast<std::uintptr_t>(region.host) % (2 * kMiB) == 0);
    CHECK(resident_pages(region, 64 * kMiB) == 0);
  }
}

TEST_CASE("a guest much larger than the host starts, and its memory works at both ends") {
  const auto kind = GENERATE(Ram::Kind::kAnonymous, Ram::Kind::kShared);
  const Ram ram = make_ram(64 * kGiB, kind);
  const GuestMemory memory(ram.regions());
  const GuestAddress last{66 * kGiB - 8};
  REQUIRE(memory.write<std::uint64_t>({0}, 1));
  REQUIRE(memory.write<std::uint64_t>(last, 2));
  CHECK(memory.read<std::uint64_t>({0}) == 1u);
  CHECK(memory.read<std::uint64_t>(last) == 2u);
}

TEST_CASE("memory that was given back is the host's again, and reads as zeros") {
  const auto kind = GENERATE(Ram::Kind::kAnonymous, Ram::Kind::kShared);
  const Ram ram = make_ram(2 * kGiB + 64 * kMiB, kind);
  const MemoryRegion region = ram.regions().at(GENERATE(0u, 1u));
  const std::span<std::byte> bytes(region.host, 64 * kMiB);
  std::ranges::fill(bytes, std::byte{1});
  ram.give_back(bytes.first(32 * kMiB));
  CHECK(resident_pages(region, 32 * kMiB) == 0);
  CHECK(bytes[0] == std::byte{0});
  CHECK(bytes[32 * kMiB - 1] == std::byte{0});
  CHECK(bytes[32 * kMiB] == std::byte{1});
}

TEST_CASE("of what is given back only whole pages go") {
  const auto kind = GENERATE(Ram::Kind::kAnonymous, Ram::Kind::kShared);
  const Ram ram = make_ram(64 * kMiB, kind);
  const std::span<std::byte> bytes(ram.regions().front().host, 64 * kMiB);
  std::ranges::fill(bytes.first(4 * 4096), std::byte{1});
  ram.give_back(bytes.subspan(4000, 2 * 4096));
  CHECK(bytes[4000] == std::byte{1});
  CHECK(bytes[4096] == std::byte{0});
  CHECK(bytes[8192] == std::byte{1});
  ram.give_back(bytes.subspan(8192, 4095));
  CHECK(bytes[8192] == std::byte{1});
}

TEST_CASE("what is not the guest's memory can't be given back") {
  const Ram ram = make_ram(64 * kMiB);
  std::vector<std::byte> other(64 * 4096, std::byte{1});
  ram.give_back(other);
  CHECK(std::ranges::count(other, std::byte{1}) == static_cast<std::ptrdiff_t>(other.size()));
}

TEST_CASE("shared memory is seen by who maps the memfd, regions one after the other") {
  const Ram ram = make_ram(2 * kGiB + 64 * kMiB, Ram::Kind::kShared);
  const GuestMemory memory(ram.regions());
  REQUIRE(memory.write<std::uint32_t>(kHighStart, 0xfeedface));
  std::uint32_t seen = 0;
  REQUIRE(::pread(ram.memfd(), &seen, sizeof seen, 2 * kGiB) == sizeof seen);
  CHECK(seen == 0xfeedface);
  struct stat status {};
  REQUIRE(::fstat(ram.memfd(), &status) == 0);
  CHECK(status.st_size == static_cast<off_t>(2 * kGiB + 64 * kMiB));
}

TEST_CASE("a size that can't be is refused in words") {
  CHECK_THROWS_AS(make_ram(0), ConfigError);
  CHECK_THROWS_AS(make_ram(4097), ConfigError);
  CHECK_THROWS_WITH(make_ram(~0ull - 4095), Contains("cannot reserve 16 EiB") && Contains("--mem"));
  CHECK_THROWS_AS(make_ram(~0ull - 4095), HostError);
}

TEST_CASE("a host that limits address space is named with the limit") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  WARN("SKIPPED: a sanitizer needs the address space that this test takes away");
#else
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit limit{kGiB, kGiB};
    ::setrlimit(RLIMIT_AS, &limit);
    try {
      const Ram ram = make_ram(8 * kGiB);
      ::_exit(1);
    } catch (const HostError& error) {
      ::_exit(std::string(error.what()).find("ulimit -v") == std::string::npos ? 2 : 0);
    }
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
#endif
}

TEST_CASE("a guest that fits gives no warning") {
  CHECK_FALSE(overcommit_warning(2 * kGiB, {24 * kGiB, 20 * kGiB}));
  CHECK_FALSE(overcommit_warning(2 * kGiB, {}));
}

TEST_CASE("overcommitting is said with both sizes and what to do") {
  const auto host_too_small = overcommit_warning(64 * kGiB, {47 * kGiB / 2, 20 * kGiB});
  REQUIRE(host_too_small);
  CHECK_THAT(*host_too_small,
             Contains("64 GiB") && Contains("host with 23.5 GiB") && Contains("--mem 20G"));
  const auto host_busy = overcommit_warning(4 * kGiB, {8 * kGiB, 512 * kMiB});
  REQUIRE(host_busy);
  CHECK_THAT(*host_busy, Contains("4 GiB") && Contains("512 MiB of 8 GiB available"));
}

TEST_CASE("the host's own memory is known") {
  const HostMemory host = read_host_memory();
  CHECK(host.total > 0);
  CHECK(host.available > 0);
  CHECK(host.available <= host.total);
}

}  // namespace
}  // namespace minivmm
