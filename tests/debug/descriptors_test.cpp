#include "debug/descriptors.h"

#include <catch2/catch.hpp>

#include "support/paged_guest.h"

namespace minivmm::debug {
namespace {

using Catch::Contains;
using test::PagedGuest;

}  // namespace

TEST_CASE("Segment descriptors are told in words") {
  CHECK(describe(decode_descriptor(0x00af'9b00'0000'ffff, 0, true)) ==
        "64-bit code, readable, DPL 0, base 0x0, limit 0xffffffff");
  CHECK(describe(decode_descriptor(0x12c0'f334'5678'0010, 0, false)) ==
        "32-bit data, writable, DPL 3, base 0x12345678, limit 0x10fff");
  CHECK(describe(decode_descriptor(0x0000'1200'0000'ffff, 0, false)) ==
        "16-bit data, writable, DPL 0, base 0x0, limit 0xffff, not present");
  CHECK(describe(decode_descriptor(0, 0, true)) == "empty");
}

TEST_CASE("A system descriptor of long mode has a base of 64 bits") {
  const Descriptor tss = decode_descriptor(0x0000'8b00'5000'0067, 0xffff'8000, true);
  CHECK(tss.sixteen_bytes);
  CHECK(tss.segment.base == 0xffff'8000'0000'5000);
  CHECK_THAT(describe(tss), Contains("busy 64-bit TSS"));
}

TEST_CASE("A selector finds its descriptor, or the reason why there is none") {
  PagedGuest guest;
  guest.identity_map();
  guest.registers.gdt = {.base = 0x8000, .limit = 0x17};
  guest.put<std::uint64_t>(0x8010, 0x00cf'9300'0000'ffff);

  CHECK_THAT(describe(find_descriptor(guest.memory, guest.registers, 0x13)),
             Contains("32-bit data"));
  CHECK(describe(find_descriptor(guest.memory, guest.registers, 3)) == "the null selector");
  CHECK(describe(find_descriptor(guest.memory, guest.registers, 0x18)) ==
        "beyond the table's limit");
  guest.registers.ldt.present = false;
  CHECK(describe(find_descriptor(guest.memory, guest.registers, 0xc)) ==
        "beyond the table's limit");
  guest.registers.gdt.base = 0x4000'0000;
  CHECK(describe(find_descriptor(guest.memory, guest.registers, 0x10)) ==
        "in a table that isn't mapped to RAM");
}

TEST_CASE("Gates of long mode tell handler, privilege and stack") {
  PagedGuest guest;
  guest.identity_map();
  guest.registers.idt = {.base = 0x8000, .limit = 0xff};
  guest.put<std::uint64_t>(0x80e0, 0x0020'8e02'0008'1000);
  guest.put<std::uint64_t>(0x80e8, 0xffff'8000);
  guest.put<std::uint64_t>(0x80f0, 0x0000'8000'0000'0000);

  CHECK(describe(find_gate(guest.memory, guest.registers, 14)) ==
        "interrupt gate to 0x8:0xffff800000201000, DPL 0, stack IST2");
  CHECK(describe(find_gate(guest.memory, guest.registers, 15)) == "not a gate (type 0x0)");
  CHECK(describe(find_gate(guest.memory, guest.registers, 13)) == "empty");
  CHECK(describe(find_gate(guest.memory, guest.registers, 16)) == "beyond the IDT's limit");
}

TEST_CASE("In real mode vectors are far pointers of 4 bytes") {
  PagedGuest guest;
  guest.registers.idt = {.base = 0, .limit = 0x3ff};
  guest.put<std::uint32_t>(0x10 * 4, 0xf000'1234);
  CHECK(describe(find_gate(guest.memory, guest.registers, 0x10)) == "handler at 0xf000:0x1234");
}

TEST_CASE("The TSS tells its stacks") {
  PagedGuest guest;
  guest.identity_map();
  guest.registers.tr = {
      .base = 0x9000, .limit = 0x67, .selector = 0x28, .type = 11, .code_or_data = false};
  guest.put<std::uint64_t>(0x9004, 0x8000);
  guest.put<std::uint64_t>(0x9024, 0x7000);

  const auto state = read_task_state(guest.memory, guest.registers);

  REQUIRE(state);
  CHECK(state->rsp[0] == 0x8000);
  CHECK(state->ist[0] == 0x7000);
  CHECK_THAT(describe_tss(guest.memory, guest.registers), Contains("IST1 0x7000"));
  guest.registers.tr.limit = 0x66;
  CHECK_FALSE(read_task_state(guest.memory, guest.registers));
}

TEST_CASE("Whole tables are listed, equal neighbours in one line") {
  PagedGuest guest;
  guest.identity_map();
  guest.registers.gdt = {.base = 0x8000, .limit = 0x27};
  guest.put<std::uint64_t>(0x8008, 0x00af'9b00'0000'ffff);
  guest.put<std::uint64_t>(0x8010, 0x0000'8900'9000'0067);

  const std::string gdt = describe_gdt(guest.memory, guest.registers);

  CHECK_THAT(gdt, Contains("0x8          64-bit code"));
  CHECK_THAT(gdt, Contains("0x10         available 64-bit TSS"));
  CHECK_THAT(gdt, Contains("0x18         upper half"));
  guest.registers.idt = {.base = 0x8000, .limit = 0xffff};
  guest.registers.idt.base = 0xa000;
  CHECK_THAT(describe_idt(guest.memory, guest.registers), Contains("0x0..0xff    empty"));
}

}  // namespace minivmm::debug
