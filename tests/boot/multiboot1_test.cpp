#include "boot/multiboot1.h"

#include <catch2/catch.hpp>

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
using test::text_bytes;

TestElf kernel(std::uint32_t flags = 0, const std::vector<std::uint32_t>& rest = {}) {
  TestElf elf;
  elf.is_64_bit = false;
  elf.machine = 3;
  elf.segments[0].bytes = test::multiboot1_header(flags, rest);
  elf.segments[0].memory_size = 0x1000;
  return elf;
}

CpuEntry load_file(const TestRam& ram, const ByteVector& file, const BootParameters& parameters) {
  return load(ram.memory(), sniff(file, "kernel.elf"), parameters);
}

TEST_CASE("a multiboot kernel starts with the magic in EAX and the information in EBX") {
  const TestRam ram(16 * kMiB);
  BootParameters parameters = ram.parameters();
  parameters.cmdline = "one two";

  const CpuEntry entry = load_file(ram, kernel(3).build(), parameters);

  CHECK(entry.mode == CpuEntry::Mode::kProtected32);
  CHECK(entry.rip == 0x10'0000);
  CHECK(entry.rax == 0x2bad'b002);
  const std::uint64_t info = entry.rbx;
  CHECK((ram.peek<std::uint32_t>(info) & 0x245) == 0x245);
  CHECK(ram.peek<std::uint32_t>(info + 4) == 0x9'fc00 / 1024);
  CHECK(ram.peek<std::uint32_t>(info + 8) == 15 * 1024);
  CHECK(ram.peek_string(ram.peek<std::uint32_t>(info + 16)) == "one two");
  CHECK(ram.peek_string(ram.peek<std::uint32_t>(info + 64)) == "minivmm");
}

TEST_CASE("a multiboot kernel gets the whole memory map") {
  const TestRam ram(16 * kMiB);

  const std::uint64_t info = load_file(ram, kernel().build(), ram.parameters()).rbx;

  CHECK(ram.peek<std::uint32_t>(info + 44) == 4 * 24);
  const std::uint64_t last = ram.peek<std::uint32_t>(info + 48) + 3 * 24;
  CHECK(ram.peek<std::uint32_t>(last) == 20);
  CHECK(ram.peek<std::uint64_t>(last + 4) == 0x10'0000);
  CHECK(ram.peek<std::uint64_t>(last + 12) == 15 * kMiB);
  CHECK(ram.peek<std::uint32_t>(last + 20) == 1);
}

TEST_CASE("modules lie on pages above the kernel, with their command lines") {
  const TestRam ram(16 * kMiB);
  const ByteVector first(0x1800, std::byte{1});
  const ByteVector second = text_bytes("second");
  BootParameters parameters = ram.parameters();
  parameters.modules = {{first, "first.mod"}, {second, "second.mod with words"}, {{}, "empty"}};

  const std::uint64_t info = load_file(ram, kernel().build(), parameters).rbx;

  CHECK((ram.peek<std::uint32_t>(info) & 8) != 0);
  REQUIRE(ram.peek<std::uint32_t>(info + 20) == 3);
  const std::uint64_t list = ram.peek<std::uint32_t>(info + 24);
  CHECK(ram.peek<std::uint32_t>(list) == 0x10'1000);
  CHECK(ram.peek<std::uint32_t>(list + 4) == 0x10'2800);
  CHECK(ram.peek_bytes(0x10'1000, first.size()) == first);
  CHECK(ram.peek<std::uint32_t>(list + 16) == 0x10'3000);
  CHECK(ram.peek_bytes(0x10'3000, second.size()) == second);
  CHECK(ram.peek_string(ram.peek<std::uint32_t>(list + 24)) == "second.mod with words");
  CHECK(ram.peek<std::uint32_t>(list + 32) == ram.peek<std::uint32_t>(list + 36));
}

TEST_CASE("a module without room is refused with what it needs") {
  const TestRam ram(2 * kMiB);
  const ByteVector large(4 * kMiB);
  BootParameters parameters = ram.parameters();
  parameters.modules = {{large, "large.mod"}};

  CHECK_THAT(refusal([&] { (void)load_file(ram, kernel().build(), parameters); }),
             Contains("module \"large.mod\" (4.0 MiB)") && Contains("--mem 6M"));
}

TEST_CASE("a flat kernel is loaded by the addresses in its header") {
  const TestRam ram(16 * kMiB);
  ByteVector file(0x40, std::byte{0x11});
  const ByteVector header =
      test::multiboot1_header(1u << 16, {0x20'0020, 0x20'0010, 0x20'0030, 0x20'0100, 0x20'0028});
  file.resize(0x20);
  file.insert(file.end(), header.begin(), header.end());
  file.resize(0x100, std::byte{0x22});

  const CpuEntry entry = load_file(ram, file, ram.parameters());

  CHECK(entry.rip == 0x20'0028);
  CHECK(ram.peek<std::uint8_t>(0x20'0010) == 0x11);
  CHECK(ram.peek<std::uint32_t>(0x20'0020) == 0x1bad'b002);
  CHECK(ram.peek<std::uint8_t>(0x20'0030) == 0);
  CHECK(ram.peek<std::uint8_t>(0x20'00ff) == 0);
  CHECK(ram.peek<std::uint8_t>(0x20'0100) == 0xcc);
}

TEST_CASE("load addresses that make no sense are refused") {
  const auto refused = [](const std::vector<std::uint32_t>& addresses) {
    return refusal([&] { (void)sniff(test::multiboot1_header(1u << 16, addresses), "k"); });
  };
  CHECK_THAT(refused({0x10'0000, 0x10'1000, 0, 0, 0x10'0000}), Contains("below the load address"));
  CHECK_THAT(refused({0x10'1000, 0x10'0000, 0, 0, 0x10'0000}), Contains("before the file's start"));
  CHECK_THAT(refused({0x10'0000, 0x10'0000, 0xf'0000, 0, 0x10'0000}),
             Contains("load end is below"));
  CHECK_THAT(refused({0x10'0000, 0x10'0000, 0x10'0010, 0x10'0008, 0x10'0000}),
             Contains("bss ends before"));
  CHECK_THAT(refused({0x10'0000, 0x10'0000, 0x20'0000, 0, 0x10'0000}), Contains("is truncated"));
  CHECK_THAT(refused({0x10'0000}), Contains("ends inside of its multiboot header"));
}

TEST_CASE("a kernel finds the sections that no segment loaded") {
  const TestRam ram(16 * kMiB);
  TestElf elf = kernel();
  elf.symbols = text_bytes("symbols");

  const std::uint64_t info = load_file(ram, elf.build(), ram.parameters()).rbx;

  CHECK((ram.peek<std::uint32_t>(info) & 0x20) != 0);
  CHECK(ram.peek<std::uint32_t>(info + 28) == 2);
  CHECK(ram.peek<std::uint32_t>(info + 32) == 40);
  const std::uint64_t symbols = ram.peek<std::uint32_t>(info + 36) + 40;
  CHECK(ram.peek_bytes(ram.peek<std::uint32_t>(symbols + 12), 7) == text_bytes("symbols"));
}

TEST_CASE("a kernel that requires graphics is refused where there is no framebuffer") {
  const TestRam ram(16 * kMiB);
  const ByteVector graphics = kernel(4, {0, 0, 0, 0, 0, 0, 1024, 768, 32}).build();
  const ByteVector text = kernel(4, {0, 0, 0, 0, 0, 1, 80, 25, 0}).build();
  BootParameters parameters = ram.parameters();

  CHECK_THAT(refusal([&] { (void)load_file(ram, graphics, parameters); }),
             Contains("requires a graphics mode"));
  CHECK_NOTHROW(load_file(ram, text, parameters));
  parameters.framebuffer = Framebuffer{{0xc000'0000}, 1024, 768, 4096};
  CHECK_NOTHROW(load_file(ram, graphics, parameters));
}

TEST_CASE("a kernel that requires what no loader knows is refused") {
  CHECK_THAT(refusal([&] { (void)sniff(kernel(0x100).build(), "k"); }),
             Contains("header flags 0x100"));
}

TEST_CASE("a multiboot kernel is told of the screen") {
  const TestRam ram(16 * kMiB);
  BootParameters parameters = ram.parameters();
  parameters.vga_text = true;
  std::uint64_t info = load_file(ram, kernel().build(), parameters).rbx;
  CHECK((ram.peek<std::uint32_t>(info) & 0x1000) != 0);
  CHECK(ram.peek<std::uint64_t>(info + 88) == 0xb'8000);
  CHECK(ram.peek<std::uint8_t>(info + 109) == 2);

  parameters.framebuffer = Framebuffer{{0xc000'0000}, 1024, 768, 4096};
  info = load_file(ram, kernel().build(), parameters).rbx;
  CHECK(ram.peek<std::uint64_t>(info + 88) == 0xc000'0000);
  CHECK(ram.peek<std::uint32_t>(info + 96) == 4096);
  CHECK(ram.peek<std::uint8_t>(info + 109) == 1);
  CHECK(ram.peek<std::uint8_t>(info + 110) == 16);
}

TEST_CASE("an ELF64 kernel whose entry is above 4 GiB is refused") {
  const TestRam ram(16 * kMiB, kMiB);
  TestElf elf = kernel();
  elf.is_64_bit = true;
  elf.machine = 62;
  elf.segments[0].physical = elf.entry = 4096 * kMiB;

  CHECK_THAT(refusal([&] { (void)load_file(ram, elf.build(), ram.parameters()); }),
             Contains("above 4 GiB"));
}

}  // namespace
}  // namespace minivmm::boot
