#include "boot/multiboot2.h"

#include <catch2/catch.hpp>
#include <map>

#include "boot/loader.h"
#include "support/boot_images.h"

namespace minivmm::boot {
namespace {

using Catch::Matchers::Contains;
using test::ByteVector;
using test::kMiB;
using test::refusal;
using test::TestElf;
using test::TestRam;
using test::TestTag;
using test::text_bytes;

TestElf kernel(const std::vector<TestTag>& tags = {}) {
  TestElf elf;
  elf.is_64_bit = false;
  elf.machine = 3;
  elf.segments[0].bytes = test::multiboot2_header(tags);
  elf.segments[0].memory_size = 0x1000;
  return elf;
}

CpuEntry load_file(const TestRam& ram, const ByteVector& file, const BootParameters& parameters) {
  return load(ram.memory(), sniff(file, "kernel.elf"), parameters);
}

std::string load_refusal(const std::vector<TestTag>& tags) {
  const TestRam ram(16 * kMiB);
  const ByteVector file = kernel(tags).build();
  return refusal([&] { (void)load_file(ram, file, ram.parameters()); });
}

/// The addresses of the information's tags' bodies, by type (the last one of each).
std::map<std::uint32_t, std::uint64_t> tags_of(const TestRam& ram, std::uint64_t info) {
  std::map<std::uint32_t, std::uint64_t> bodies;
  const std::uint64_t end = info + ram.peek<std::uint32_t>(info);
  for (std::uint64_t at = info + 8; at < end;) {
    bodies[ram.peek<std::uint32_t>(at)] = at + 8;
    at += (ram.peek<std::uint32_t>(at + 4) + 7) / 8 * 8;
  }
  return bodies;
}

TEST_CASE("a multiboot 2 kernel starts with the magic in EAX and tags behind EBX") {
  const TestRam ram(16 * kMiB);
  BootParameters parameters = ram.parameters();
  parameters.cmdline = "one two";

  const CpuEntry entry = load_file(ram, kernel().build(), parameters);

  CHECK(entry.mode == CpuEntry::Mode::kProtected32);
  CHECK(entry.rip == 0x10'0000);
  CHECK(entry.rax == 0x36d7'6289);
  CHECK(entry.rbx % 8 == 0);
  auto tags = tags_of(ram, entry.rbx);
  CHECK(tags.count(0) == 1);
  CHECK(ram.peek_string(tags.at(1)) == "one two");
  CHECK(ram.peek_string(tags.at(2)) == "minivmm");
  CHECK(ram.peek<std::uint32_t>(tags.at(4) + 4) == 15 * 1024);
  CHECK(ram.peek<std::uint32_t>(tags.at(6)) == 24);
  CHECK(ram.peek<std::uint64_t>(tags.at(6) + 8 + 3 * 24) == 0x10'0000);
  CHECK(ram.peek<std::uint64_t>(tags.at(6) + 8 + 3 * 24 + 8) == 15 * kMiB);
}

TEST_CASE("a multiboot 2 kernel gets its modules") {
  const TestRam ram(16 * kMiB);
  const ByteVector module = text_bytes("module");
  BootParameters parameters = ram.parameters();
  parameters.modules = {{module, "its words"}};

  auto tags = tags_of(ram, load_file(ram, kernel().build(), parameters).rbx);

  const auto start = ram.peek<std::uint32_t>(tags.at(3));
  CHECK(start == 0x10'1000);
  CHECK(ram.peek<std::uint32_t>(tags.at(3) + 4) == start + 6);
  CHECK(ram.peek_bytes(start, 6) == module);
  CHECK(ram.peek_string(tags.at(3) + 8) == "its words");
}

TEST_CASE("a multiboot 2 kernel gets copies of the RSDP") {
  const TestRam ram(16 * kMiB);
  BootParameters parameters = ram.parameters();
  parameters.rsdp = {0xe'0000};
  REQUIRE(ram.memory().copy_out({0xe'0000}, text_bytes("RSD PTR ")));

  auto tags = tags_of(ram, load_file(ram, kernel().build(), parameters).rbx);

  CHECK(ram.peek_bytes(tags.at(14), 8) == text_bytes("RSD PTR "));
  CHECK(ram.peek<std::uint32_t>(tags.at(14) - 4) == 28);
  CHECK(ram.peek<std::uint32_t>(tags.at(15) - 4) == 44);
}

TEST_CASE("a multiboot 2 kernel finds the sections that no segment loaded") {
  const TestRam ram(16 * kMiB);
  TestElf elf = kernel();
  elf.symbols = text_bytes("symbols");

  auto tags = tags_of(ram, load_file(ram, elf.build(), ram.parameters()).rbx);

  CHECK(ram.peek<std::uint32_t>(tags.at(9)) == 2);
  CHECK(ram.peek<std::uint32_t>(tags.at(9) + 4) == 40);
  const auto symbols = ram.peek<std::uint32_t>(tags.at(9) + 12 + 40 + 12);
  CHECK(ram.peek_bytes(symbols, 7) == text_bytes("symbols"));
}

TEST_CASE("the entry address tag comes before the ELF's entry") {
  const TestRam ram(16 * kMiB);

  CHECK(load_file(ram, kernel({{3, 0, {0x10'0040}}}).build(), ram.parameters()).rip == 0x10'0040);
}

TEST_CASE("a flat multiboot 2 kernel is loaded by its address tag, from the file's start at -1") {
  const TestRam ram(16 * kMiB);
  const ByteVector header = test::multiboot2_header(
      {{2, 0, {0x20'0010, 0xffff'ffff, 0, 0x20'0200}}, {3, 0, {0x20'0008}}});
  ByteVector file(0x10, std::byte{0x11});
  file.insert(file.end(), header.begin(), header.end());

  const CpuEntry entry = load_file(ram, file, ram.parameters());

  CHECK(entry.rip == 0x20'0008);
  CHECK(ram.peek<std::uint8_t>(0x20'0000) == 0x11);
  CHECK(ram.peek<std::uint32_t>(0x20'0010) == 0xe852'50d6);
  CHECK(ram.peek<std::uint8_t>(0x20'01ff) == 0);
}

TEST_CASE("a relocatable kernel goes where it prefers and is told where it is") {
  const TestRam ram(16 * kMiB);
  const auto load_with = [&ram](std::uint32_t preference) {
    const TestTag relocatable{10, 0, {0x20'0000, 0x7f'ffff, 0x1000, preference}};
    return load_file(ram, kernel({relocatable}).build(), ram.parameters());
  };

  const CpuEntry lowest = load_with(1);
  CHECK(lowest.rip == 0x20'0000);
  CHECK(ram.peek<std::uint32_t>(tags_of(ram, lowest.rbx).at(21)) == 0x20'0000);
  CHECK(load_with(2).rip == 0x7f'f000);
  // Its link address is below what it allows, so no preference means the lowest place.
  CHECK(load_with(0).rip == 0x20'0000);
}

TEST_CASE("a relocatable kernel without a preference stays where it is linked") {
  const TestRam ram(16 * kMiB);
  const TestTag relocatable{10, 0, {0x10'0000, 0xffff'ffff, 0x1000, 0}};

  CHECK(load_file(ram, kernel({relocatable}).build(), ram.parameters()).rip == 0x10'0000);
}

TEST_CASE("a relocatable kernel that fits nowhere is refused") {
  CHECK_THAT(load_refusal({{10, 0, {0x20'0000, 0x20'0100, 0x1000, 1}}}), Contains("fits nowhere"));
  CHECK_THAT(load_refusal({{10, 0, {0x20'0000, 0x7f'ffff, 3, 1}}}), Contains("fits nowhere"));
}

TEST_CASE("what a multiboot 2 kernel requires in vain is refused by name") {
  CHECK_THAT(load_refusal({{5, 0, {1024, 768, 32}}}), Contains("requires a framebuffer"));
  CHECK_THAT(load_refusal({{4, 0, {1}}}), Contains("requires a screen"));
  CHECK_THAT(load_refusal({{1, 0, {7}}}), Contains("information tag 7"));
  CHECK_THAT(load_refusal({{99, 0, {}}}), Contains("unknown multiboot2 header tag 99"));
}

TEST_CASE("what a multiboot 2 kernel only wishes for is not refused") {
  const TestRam ram(16 * kMiB);
  const ByteVector file =
      kernel({{5, 1, {1024, 768, 32}}, {1, 1, {7}}, {1, 0, {1, 3, 6}}, {99, 1, {}}, {4, 0, {2}}})
          .build();

  CHECK_NOTHROW(load_file(ram, file, ram.parameters()));
}

TEST_CASE("a console that the kernel requires may be a text screen") {
  const TestRam ram(16 * kMiB);
  BootParameters parameters = ram.parameters();
  parameters.vga_text = true;

  auto tags = tags_of(ram, load_file(ram, kernel({{4, 0, {3}}}).build(), parameters).rbx);

  CHECK(ram.peek<std::uint64_t>(tags.at(8)) == 0xb'8000);
}

TEST_CASE("a damaged multiboot 2 header is refused") {
  CHECK_THAT(load_refusal({{3, 0, {}}}), Contains("tag 3 of its multiboot2 header is too short"));
  CHECK_THAT(load_refusal({{2, 0, {1, 2, 3, 4}}}), Contains("without an entry address tag"));

  ByteVector endless = test::multiboot2_header({{6, 0, {}}});
  test::poke(endless, 20, 0u);  // The first tag's size.
  TestElf elf = kernel();
  elf.segments[0].bytes = endless;
  CHECK_THAT(refusal([&] { (void)sniff(elf.build(), "k"); }), Contains("too short"));
}

}  // namespace
}  // namespace minivmm::boot
