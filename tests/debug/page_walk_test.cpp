#include "debug/page_walk.h"

#include <array>
#include <catch2/catch.hpp>

#include "support/paged_guest.h"

namespace minivmm::debug {
namespace {

using Catch::Contains;
using Outcome = PageWalk::Outcome;
using test::PagedGuest;

PageWalk walk(const PagedGuest& guest, std::uint64_t linear) {
  return walk_pages(guest.memory, guest.registers, linear);
}

}  // namespace

TEST_CASE("Without paging a linear address is the physical one, of 32 bits") {
  const PagedGuest guest;
  CHECK(walk(guest, 0x1'0000'1234).physical.value == 0x1234);
  CHECK(walk(guest, 0x1234).steps.empty());
}

TEST_CASE("32-bit paging finds small pages by way of two tables") {
  PagedGuest guest;
  guest.page_32bit(0x1000);
  guest.put<std::uint32_t>(0x1000 + 4 * 0x300, 0x2007);  // 0xc0000000
  guest.put<std::uint32_t>(0x2000 + 4 * 5, 0x9001);

  const PageWalk found = walk(guest, 0xc000'5678);

  CHECK(found.mode == PagingMode::k32Bit);
  CHECK(found.physical.value == 0x9678);
  CHECK(!found.writable);
  CHECK(!found.user);
  REQUIRE(found.steps.size() == 2);
  CHECK(found.steps[0].index == 0x300);
  CHECK(found.steps[1].address.value == 0x2014);
}

TEST_CASE("32-bit paging has 4 MiB pages with CR4.PSE only, and their base may lie above 4 GiB") {
  PagedGuest guest;
  guest.page_32bit(0x1000);
  guest.put<std::uint32_t>(0x1004, 0x0080'2083);
  CHECK_FALSE(walk(guest, 0x0040'0000).page_size == 4u << 20);

  guest.registers.cr4 |= 1u << 4;

  CHECK(walk(guest, 0x0040'0123).physical.value == 0x1'0080'0123);
  CHECK(walk(guest, 0x0040'0123).page_size == 4u << 20);
}

TEST_CASE("PAE paging begins with four pointers that know of no rights") {
  PagedGuest guest;
  guest.page_pae(0x1020);
  guest.put<std::uint64_t>(0x1020 + 8 * 3, 0x2001);
  guest.put<std::uint64_t>(0x2000, 0x3007);
  guest.put<std::uint64_t>(0x3008, 0x5007);

  const PageWalk found = walk(guest, 0xc000'1010);

  CHECK(found.physical.value == 0x5010);
  CHECK(found.user);
  CHECK(found.writable);
  CHECK(found.steps.size() == 3);
}

TEST_CASE("A writable PAE pointer sets a reserved bit") {
  PagedGuest guest;
  guest.page_pae(0x1000);
  guest.put<std::uint64_t>(0x1000, 0x2003);
  CHECK(walk(guest, 0).outcome == Outcome::kReservedBits);
}

TEST_CASE("4-level paging finds pages of 4 KiB, 2 MiB and 1 GiB, with the rights of all levels") {
  PagedGuest guest;
  guest.page_long(0x1000);
  guest.put<std::uint64_t>(0x1000 + 8 * 511, 0x2007);
  guest.put<std::uint64_t>(0x2000 + 8 * 510, 0x3007);
  guest.put<std::uint64_t>(0x2000 + 8 * 511, 0x4000'0083);
  guest.put<std::uint64_t>(0x3000, 0x8000'0000'0020'0087);
  guest.put<std::uint64_t>(0x3008, 0x4005);
  guest.put<std::uint64_t>(0x4000, 0x7007);

  CHECK(walk(guest, 0xffff'ffff'8000'1234).physical.value == 0x20'1234);
  CHECK_FALSE(walk(guest, 0xffff'ffff'8000'1234).executable);
  CHECK(walk(guest, 0xffff'ffff'8020'0056).physical.value == 0x7056);
  CHECK_FALSE(walk(guest, 0xffff'ffff'8020'0056).writable);
  CHECK(walk(guest, 0xffff'ffff'c123'4567).physical.value == 0x4123'4567);
  CHECK_FALSE(walk(guest, 0xffff'ffff'c123'4567).user);
}

TEST_CASE("5-level paging has one level more, and wider canonical addresses") {
  PagedGuest guest;
  guest.page_long(0x1000);
  CHECK(walk(guest, 1ull << 48).outcome == Outcome::kNotCanonical);
  guest.registers.cr4 |= 1u << 12;
  guest.put<std::uint64_t>(0x1008, 0x2003);
  guest.put<std::uint64_t>(0x2000, 0x3003);
  guest.put<std::uint64_t>(0x3000, 0x83);

  const PageWalk found = walk(guest, (1ull << 48) + 0x77);

  CHECK(found.physical.value == 0x77);
  CHECK(found.steps.front().level == "PML5E");
  CHECK(walk(guest, 1ull << 57).outcome == Outcome::kNotCanonical);
}

TEST_CASE("The walk tells where it ended, and why") {
  PagedGuest guest;
  guest.page_long(0x1000);
  CHECK(outcome_text(walk(guest, 0x40'0000)) == "not mapped: PML4E 0 at 0x1000 is not present");
  guest.put<std::uint64_t>(0x1000, 0x7000'0000'0003);
  CHECK(outcome_text(walk(guest, 8)) ==
        "not mapped: PDPTE 0 at 0x700000000000 lies outside of RAM");
  guest.put<std::uint64_t>(0x1000, 0x2083);
  CHECK_THAT(outcome_text(walk(guest, 8)), Contains("reserved bits"));
  CHECK(outcome_text(walk(guest, 1ull << 47)) == "not a canonical address");
  guest.put<std::uint64_t>(0x1000, 0x8000'0000'0000'2003);
  guest.registers.efer &= ~0x800ull;
  CHECK(walk(guest, 8).outcome == Outcome::kReservedBits);
}

TEST_CASE("The walk in words has a line for each level, with its flags") {
  PagedGuest guest;
  guest.identity_map();
  CHECK(describe(walk(guest, 0x4010)) ==
        "0x4010, 4-level paging:\n"
        "  PML4E    0 of the table at 0x000001000: 0x0000000000002003  "
        "present, writable, supervisor\n"
        "  PDPTE    0 of the table at 0x000002000: 0x0000000000003003  "
        "present, writable, supervisor\n"
        "  PDE      0 of the table at 0x000003000: 0x0000000000000083  "
        "present, writable, supervisor, 2 MiB page\n"
        "  mapped to 0x4010 by a 2 MiB page, writable, supervisor, executable\n");
}

TEST_CASE("Reading and writing across pages follows each page, and ends where nothing is mapped") {
  PagedGuest guest;
  guest.page_32bit(0x1000);
  guest.put<std::uint32_t>(0x1000, 0x2003);
  guest.put<std::uint32_t>(0x2000, 0x9003);
  guest.put<std::uint32_t>(0x2004, 0x5001);
  const std::array data{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
  std::array<std::byte, 4> back{};

  CHECK(write_linear(guest.memory, guest.registers, 0xffe, data) == 4);
  CHECK(guest.memory.read<std::uint8_t>({0x9fff}) == 2);
  CHECK(guest.memory.read<std::uint8_t>({0x5000}) == 3);
  CHECK(read_linear(guest.memory, guest.registers, 0xffe, back) == 4);
  CHECK(back == data);
  CHECK(read_linear(guest.memory, guest.registers, 0x1ffd, back) == 3);
  CHECK(read_linear(guest.memory, guest.registers, 0x2000, back) == 0);
}

TEST_CASE("CS:RIP and SS:RSP become linear by their segments, except in 64-bit mode") {
  PagedGuest guest;
  guest.registers.cs.base = 0xf0000;
  guest.registers.ss.base = 0x100;
  const CpuRegisters registers{.rsp = 0x1'8000, .rip = 0xfff0};
  CHECK(linear_rip(registers, guest.registers) == 0xffff0);
  CHECK(linear_rsp(registers, guest.registers) == 0x8100);
  guest.page_long(0x1000);
  CHECK(linear_rip(registers, guest.registers) == 0xfff0);
  CHECK(linear_rsp(registers, guest.registers) == 0x1'8000);
}

}  // namespace minivmm::debug
