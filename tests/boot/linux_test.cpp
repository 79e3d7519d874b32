#include "boot/linux.h"

#include <catch2/catch.hpp>

#include "boot/loader.h"
#include "support/boot_images.h"

namespace minivmm::boot {
namespace {

using Catch::Matchers::Contains;
using test::ByteVector;
using test::kMiB;
using test::refusal;
using test::TestBzImage;
using test::TestElf;
using test::TestRam;
using test::text_bytes;

CpuEntry load_file(const TestRam& ram, const ByteVector& file, const BootParameters& parameters) {
  return load(ram.memory(), sniff(file, "vmlinuz"), parameters);
}

TEST_CASE("Linux starts in long mode at its 64-bit entry, with all of 4 GiB mapped") {
  const TestRam ram(16 * kMiB);

  const CpuEntry entry = load_file(ram, TestBzImage{}.build(), ram.parameters());

  CHECK(entry.mode == CpuEntry::Mode::kLong64);
  CHECK(entry.rip == 0x20'0200);
  CHECK(ram.peek_bytes(0x20'0000, 10) == text_bytes("the kernel"));
  const auto pml4e = ram.peek<std::uint64_t>(entry.page_table.value);
  const auto pdpte = ram.peek<std::uint64_t>((pml4e & ~0xfffull) + 3 * 8);
  const auto pde = ram.peek<std::uint64_t>((pdpte & ~0xfffull) + 511 * 8);
  CHECK((pml4e & 0xfff) == 0x3);
  CHECK((pdpte & 0xfff) == 0x3);
  CHECK(pde == (0xffe0'0000ull | 0x83));
}

TEST_CASE("Linux finds __BOOT_CS and __BOOT_DS in the GDT") {
  const TestRam ram(16 * kMiB);

  const CpuEntry entry = load_file(ram, TestBzImage{}.build(), ram.parameters());

  CHECK(entry.code_selector == 0x10);
  CHECK(entry.data_selector == 0x18);
  CHECK(entry.gdt_limit == 31);
  CHECK(ram.peek<std::uint64_t>(entry.gdt.value + 0x10) == 0x00af'9b00'0000'ffff);
  CHECK(ram.peek<std::uint64_t>(entry.gdt.value + 0x18) == 0x00cf'9300'0000'ffff);
}

TEST_CASE("Linux finds its header, command line, RSDP and memory map in the zero page") {
  const TestRam ram(16 * kMiB);
  BootParameters parameters = ram.parameters();
  parameters.cmdline = "console=ttyS0 quiet";
  parameters.rsdp = {0xe'0000};

  const std::uint64_t page = load_file(ram, TestBzImage{}.build(), parameters).rsi;

  CHECK(ram.peek<std::uint32_t>(page + 0x202) == 0x5372'6448);
  CHECK(ram.peek<std::uint16_t>(page + 0x206) == 0x020f);
  CHECK(ram.peek<std::uint8_t>(page + 0x210) == 0xff);
  CHECK(ram.peek<std::uint8_t>(page + 0x1ef) == 0);
  CHECK(ram.peek<std::uint64_t>(page + 0x70) == 0xe'0000);
  CHECK(ram.peek_string(ram.peek<std::uint32_t>(page + 0x228)) == "console=ttyS0 quiet");
  CHECK(ram.peek<std::uint8_t>(page + 0x1e8) == 4);
  CHECK(ram.peek<std::uint64_t>(page + 0x2d0 + 3 * 20) == 0x10'0000);
  CHECK(ram.peek<std::uint64_t>(page + 0x2d0 + 3 * 20 + 8) == 15 * kMiB);
  CHECK(ram.peek<std::uint32_t>(page + 0x2d0 + 3 * 20 + 16) == 1);
  CHECK(ram.peek<std::uint32_t>(page + 0x21c) == 0);
}

TEST_CASE("a header that ends early leaves what follows in the zero page 0") {
  const TestRam ram(16 * kMiB);
  ByteVector file = TestBzImage{}.build();
  test::poke(file, 0x201, std::uint8_t{0x62});  // The header ends at 0x264.
  test::poke(file, 0x264, 0xdead'beefu);

  const std::uint64_t page = load_file(ram, file, ram.parameters()).rsi;

  CHECK(ram.peek<std::uint32_t>(page + 0x260) == 0x1'0000);
  CHECK(ram.peek<std::uint32_t>(page + 0x264) == 0);
}

TEST_CASE("a Linux without the 64-bit entry starts in protected mode") {
  const TestRam ram(16 * kMiB);
  TestBzImage linux_32;
  linux_32.version = 0x0206;
  linux_32.relocatable = 0;

  const CpuEntry entry = load_file(ram, linux_32.build(), ram.parameters());

  CHECK(entry.mode == CpuEntry::Mode::kProtected32);
  CHECK(entry.rip == 0x10'0000);
  CHECK(entry.rbx == 0);
  CHECK(ram.peek<std::uint64_t>(entry.gdt.value + 0x10) == 0x00cf'9b00'0000'ffff);
  CHECK(ram.peek<std::uint32_t>(entry.rsi + 0x214) == 0x10'0000);
}

TEST_CASE("an initrd lies at the end of memory") {
  const TestRam ram(16 * kMiB);
  const ByteVector initrd = text_bytes("an initrd");
  BootParameters parameters = ram.parameters();
  parameters.initrd = initrd;

  const std::uint64_t page = load_file(ram, TestBzImage{}.build(), parameters).rsi;

  CHECK(ram.peek<std::uint32_t>(page + 0x218) == 16 * kMiB - 0x1000);
  CHECK(ram.peek<std::uint32_t>(page + 0x21c) == initrd.size());
  CHECK(ram.peek_bytes(16 * kMiB - 0x1000, initrd.size()) == initrd);
}

TEST_CASE("an initrd stays below the kernel's limit for it") {
  const TestRam ram(16 * kMiB);
  const ByteVector initrd(0x2000);
  BootParameters parameters = ram.parameters();
  parameters.initrd = initrd;
  TestBzImage linux_image;
  linux_image.initrd_addr_max = 0x7f'ffff;

  const std::uint64_t page = load_file(ram, linux_image.build(), parameters).rsi;

  CHECK(ram.peek<std::uint32_t>(page + 0x218) == 0x7f'e000);
}

TEST_CASE("an initrd that has no room below 4 GiB goes above, if the kernel can") {
  const TestRam ram(4 * kMiB, 8 * kMiB);
  const ByteVector initrd(5 * kMiB, std::byte{7});
  BootParameters parameters = ram.parameters();
  parameters.initrd = initrd;
  TestBzImage linux_image;

  const std::uint64_t page = load_file(ram, linux_image.build(), parameters).rsi;
  CHECK(ram.peek<std::uint32_t>(page + 0xc0) == 1);
  CHECK(ram.peek<std::uint32_t>(page + 0x218) == 3 * kMiB);

  linux_image.xloadflags = 1;
  CHECK_THAT(refusal([&] { (void)load_file(ram, linux_image.build(), parameters); }),
             Contains("the initrd (5.0 MiB) does not fit") && Contains("--mem 8M"));
}

TEST_CASE("an initrd never lies where the kernel unpacks itself") {
  const TestRam ram(4 * kMiB);
  const ByteVector initrd(kMiB);
  BootParameters parameters = ram.parameters();
  parameters.initrd = initrd;
  TestBzImage linux_image;
  linux_image.init_size = 0x1f'0000;

  const std::uint64_t page = load_file(ram, linux_image.build(), parameters).rsi;

  CHECK(ram.peek<std::uint32_t>(page + 0x218) == kMiB);
}

TEST_CASE("a relocatable kernel moves when its favourite place is no RAM") {
  const TestRam ram(8 * kMiB);
  TestBzImage linux_image;
  linux_image.pref_address = 16 * kMiB;

  const CpuEntry entry = load_file(ram, linux_image.build(), ram.parameters());

  CHECK(entry.rip == 2 * kMiB + 0x200);
  CHECK(ram.peek<std::uint32_t>(entry.rsi + 0x214) == 2 * kMiB);
}

TEST_CASE("a guest too small for its kernel is told how much that needs") {
  const TestRam ram(4 * kMiB);
  TestBzImage large;
  large.init_size = 40 * kMiB;
  CHECK_THAT(refusal([&] { (void)load_file(ram, large.build(), ram.parameters()); }),
             Contains("needs 40.0 MiB from 0x200000") && Contains("--mem 42M"));

  TestBzImage fixed;
  fixed.relocatable = 0;
  fixed.pref_address = 16 * kMiB;
  CHECK_THAT(refusal([&] { (void)load_file(ram, fixed.build(), ram.parameters()); }),
             Contains("--mem 17M"));
}

TEST_CASE("a command line that the kernel would cut is refused") {
  const TestRam ram(16 * kMiB);
  BootParameters parameters = ram.parameters();
  parameters.cmdline = std::string(255, 'x');
  CHECK_NOTHROW(load_file(ram, TestBzImage{}.build(), parameters));

  parameters.cmdline += 'x';
  CHECK_THAT(refusal([&] { (void)load_file(ram, TestBzImage{}.build(), parameters); }),
             Contains("256 characters") && Contains("takes 255 at most"));
}

TEST_CASE("Linux is told of a framebuffer") {
  const TestRam ram(16 * kMiB);
  BootParameters parameters = ram.parameters();
  parameters.framebuffer = Framebuffer{{0x1'c000'0000}, 1024, 768, 4096};

  const std::uint64_t page = load_file(ram, TestBzImage{}.build(), parameters).rsi;

  CHECK(ram.peek<std::uint8_t>(page + 0x0f) == 0x23);
  CHECK(ram.peek<std::uint16_t>(page + 0x12) == 1024);
  CHECK(ram.peek<std::uint16_t>(page + 0x14) == 768);
  CHECK(ram.peek<std::uint16_t>(page + 0x16) == 32);
  CHECK(ram.peek<std::uint32_t>(page + 0x18) == 0xc000'0000);
  CHECK(ram.peek<std::uint32_t>(page + 0x3a) == 1);
  CHECK(ram.peek<std::uint16_t>(page + 0x24) == 4096);
  CHECK(ram.peek<std::uint16_t>(page + 0x26) == 0x1008);  // Red: 8 bits at 16.
  CHECK(ram.peek<std::uint16_t>(page + 0x2c) == 0x1808);  // Nothing: the 8 bits above the colours.
}

TEST_CASE("a vmlinux starts at its physical entry, its bss zeroed, with a zero page") {
  const TestRam ram(16 * kMiB);
  TestElf vmlinux;
  vmlinux.entry = 0xffff'ffff'8020'0010;
  vmlinux.segments = {{0x20'0000, ByteVector(32, std::byte{0x90}), 0x100, 0xffff'ffff'8000'0000}};
  BootParameters parameters = ram.parameters();
  parameters.cmdline = "root=/dev/vda";

  const CpuEntry entry = load_file(ram, vmlinux.build(), parameters);

  CHECK(entry.mode == CpuEntry::Mode::kLong64);
  CHECK(entry.rip == 0x20'0010);
  CHECK(ram.peek<std::uint8_t>(0x20'001f) == 0x90);
  CHECK(ram.peek<std::uint8_t>(0x20'0020) == 0);
  CHECK(ram.peek<std::uint8_t>(0x20'00ff) == 0);
  CHECK(ram.peek<std::uint8_t>(0x20'0100) == 0xcc);
  CHECK(ram.peek<std::uint32_t>(entry.rsi + 0x202) == 0x5372'6448);
  CHECK(ram.peek_string(ram.peek<std::uint32_t>(entry.rsi + 0x228)) == "root=/dev/vda");
}

TEST_CASE("an ELF kernel whose segments have no RAM is refused with what it needs") {
  const TestRam ram(2 * kMiB);
  TestElf high;
  high.segments[0].physical = high.entry = 16 * kMiB;
  CHECK_THAT(refusal([&] { (void)load_file(ram, high.build(), ram.parameters()); }),
             Contains("wants memory at 0x1000000") && Contains("--mem 17M"));

  TestElf in_bios;
  in_bios.segments[0].physical = in_bios.entry = 0xe'0000;
  CHECK_THAT(refusal([&] { (void)load_file(ram, in_bios.build(), ram.parameters()); }),
             Contains("link it to another address"));
}

TEST_CASE("boot structures keep clear of a kernel in low memory") {
  const TestRam ram(16 * kMiB);
  TestElf low;
  low.segments = {{0x1000, ByteVector(0x8000, std::byte{0x90})}};
  low.entry = 0x1000;

  const CpuEntry entry = load_file(ram, low.build(), ram.parameters());

  CHECK(ram.peek_bytes(0x1000, 0x8000) == ByteVector(0x8000, std::byte{0x90}));
  CHECK(entry.rsi >= 0x9000);
  CHECK(entry.page_table.value >= 0x9000);
}

}  // namespace
}  // namespace minivmm::boot
