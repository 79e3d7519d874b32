#include "boot/kernel_image.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "support/boot_images.h"

namespace minivmm::boot {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using test::ByteVector;
using test::poke;
using test::poke_text;
using test::refusal;
using test::TestBzImage;
using test::TestElf;
using test::text_bytes;

std::string sniff_refusal(const ByteVector& file) {
  return refusal([&] { (void)sniff(file, "kernel.img"); });
}

TestElf elf_with(const ByteVector& start_of_segment) {
  TestElf elf;
  elf.segments[0].bytes = start_of_segment;
  elf.segments[0].memory_size = 0x4000;
  return elf;
}

TEST_CASE("a bzImage is told by its release, protocol and entry") {
  const ByteVector file = TestBzImage{}.build();

  const KernelImage image = sniff(file, "vmlinuz");

  CHECK(image.kind == KernelKind::kBzImage);
  CHECK(image.description == "Linux 6.1.0-test bzImage (boot protocol 2.15, 64-bit entry)");
  CHECK(image.file.data() == file.data());
}

TEST_CASE("a bzImage without the 64-bit entry is entered in 32-bit mode") {
  TestBzImage linux_32;
  linux_32.xloadflags = 0;
  const ByteVector file = linux_32.build();

  CHECK_THAT(sniff(file, "vmlinuz").description, Contains("32-bit entry"));
}

TEST_CASE("the version string of a bzImage may point anywhere") {
  ByteVector file = TestBzImage{}.build();
  poke(file, 0x20e, std::uint16_t{0xffff});

  CHECK_THAT(sniff(file, "vmlinuz").description, StartsWith("Linux bzImage"));
}

TEST_CASE("a PVH note comes before multiboot headers, and those before Linux's 64-bit entry") {
  TestElf elf = elf_with(test::multiboot2_header());
  CHECK(sniff(elf.build(), "k").kind == KernelKind::kMultiboot2);

  elf.notes = test::pvh_note(0x10'0010);
  const ByteVector with_note = elf.build();
  const KernelImage pvh = sniff(with_note, "k");
  CHECK(pvh.kind == KernelKind::kPvh);
  CHECK(pvh.pvh_entry == 0x10'0010);

  CHECK(sniff(elf_with(test::multiboot1_header(0)).build(), "k").kind == KernelKind::kMultiboot1);
  CHECK(sniff(TestElf{}.build(), "k").kind == KernelKind::kElf64);
}

TEST_CASE("a multiboot header counts only with a right checksum, inside of the searched bytes") {
  ByteVector wrong = test::multiboot1_header(0);
  poke(wrong, 8, 1u);
  CHECK(sniff(elf_with(wrong).build(), "k").kind == KernelKind::kElf64);

  ByteVector late(8192);
  poke_text(late, 8192, {reinterpret_cast<const char*>(test::multiboot1_header(0).data()), 12});
  CHECK(sniff(elf_with(late).build(), "k").kind == KernelKind::kElf64);
}

TEST_CASE("a flat file is a kernel when its multiboot header has load addresses") {
  const ByteVector with =
      test::multiboot1_header(1u << 16, {0x10'0000, 0x10'0000, 0, 0, 0x10'0000});
  CHECK(sniff(with, "k").kind == KernelKind::kMultiboot1);

  const ByteVector with2 =
      test::multiboot2_header({{2, 0, {0x10'0000, 0x10'0000, 0, 0}}, {3, 0, {0x10'0000}}});
  CHECK(sniff(with2, "k").kind == KernelKind::kMultiboot2);

  CHECK_THAT(sniff_refusal(test::multiboot1_header(0)), Contains("no kernel that minivmm knows"));
  CHECK_THAT(sniff_refusal(test::multiboot2_header()), Contains("no address tag"));
}

TEST_CASE("an empty file is refused") {
  CHECK_THAT(sniff_refusal({}), StartsWith("kernel \"kernel.img\" is an empty file: give"));
}

TEST_CASE("a text file is refused") {
  CHECK_THAT(sniff_refusal(text_bytes("#!/bin/sh\necho hello\n")), Contains("is a text file"));
}

TEST_CASE("a file of nothing known is refused") {
  CHECK_THAT(sniff_refusal(ByteVector(100, std::byte{1})),
             Contains("no kernel that minivmm knows"));
}

TEST_CASE("a compressed file is refused by its format's name") {
  const auto refused = [](std::string_view magic) {
    ByteVector file = text_bytes(magic);
    file.resize(64);
    return sniff_refusal(file);
  };
  CHECK_THAT(refused("\x1f\x8b"), Contains("a gzip-compressed file") && Contains("uncompress"));
  CHECK_THAT(refused("\xfd"
                     "7zXZ"),
             Contains("an xz-compressed file"));
  CHECK_THAT(refused("\x28\xb5\x2f\xfd"), Contains("a zstd-compressed file"));
}

TEST_CASE("a disk image is refused with the option that takes it") {
  ByteVector disk(2048);
  poke(disk, 510, std::uint16_t{0xaa55});
  CHECK_THAT(sniff_refusal(disk), Contains("disk image with a boot sector") && Contains("--disk"));

  ByteVector iso(0x8800);
  poke_text(iso, 0x8001, "CD001");
  CHECK_THAT(sniff_refusal(iso), Contains("an ISO image") && Contains("--disk"));

  CHECK_THAT(sniff_refusal(text_bytes("QFI\xfb and more")), Contains("qcow2"));
}

TEST_CASE("a disk image with GRUB's multiboot header in its first sectors is still a disk") {
  ByteVector disk(4096);
  poke(disk, 510, std::uint16_t{0xaa55});
  const ByteVector header = test::multiboot1_header(1u << 16, {0x8200, 0x8200, 0, 0, 0x8200});
  std::copy(header.begin(), header.end(), disk.begin() + 512);

  CHECK_THAT(sniff_refusal(disk), Contains("disk image"));
}

TEST_CASE("a truncated bzImage is refused") {
  ByteVector file = TestBzImage{}.build();
  file.resize(file.size() - 16);
  CHECK_THAT(sniff_refusal(file), Contains("is truncated") && Contains("copy it again"));

  file.resize(0x206);
  CHECK_THAT(sniff_refusal(file), Contains("boot protocol 0.00"));
}

TEST_CASE("a bzImage whose last paragraph is not whole is complete") {
  ByteVector file = TestBzImage{}.build();
  file.resize(file.size() - 8);

  CHECK(sniff(file, "memtest").kind == KernelKind::kBzImage);
}

TEST_CASE("a bzImage whose payload ends beyond its kernel is refused") {
  ByteVector file = TestBzImage{}.build();
  poke(file, 0x248, 0xffff'fff0u);
  poke(file, 0x24c, 0x20u);

  CHECK_THAT(sniff_refusal(file), Contains("is truncated"));
}

TEST_CASE("an old or low-loading Linux is refused") {
  TestBzImage old;
  old.version = 0x0205;
  CHECK_THAT(sniff_refusal(old.build()), Contains("boot protocol 2.05"));

  TestBzImage low;
  low.loadflags = 0;
  CHECK_THAT(sniff_refusal(low.build()), Contains("zImage"));
}

TEST_CASE("a kernel that begins in real mode alone is refused with what starts it") {
  TestBzImage real_mode;
  real_mode.xloadflags = 0;
  auto file = real_mode.build();
  std::fill_n(file.begin() + 0x214, 4, std::byte{0});

  CHECK_THAT(sniff_refusal(file), Contains("only be entered in real mode") && Contains("--disk"));
}

TEST_CASE("a 32-bit ELF that says not how to start it is refused") {
  TestElf elf;
  elf.is_64_bit = false;
  elf.machine = 3;  // EM_386

  CHECK_THAT(sniff_refusal(elf.build()), Contains("32-bit ELF file without a multiboot header"));
}

TEST_CASE("another machine's ELF is refused by that machine's name") {
  TestElf elf;
  elf.machine = 183;  // EM_AARCH64
  CHECK_THAT(sniff_refusal(elf.build()), Contains("64-bit ARM (AArch64)"));

  ByteVector big_endian = TestElf{}.build();
  poke(big_endian, 5, std::uint8_t{2});
  poke(big_endian, 18, std::uint16_t{0x1600});  // EM_S390
  CHECK_THAT(sniff_refusal(big_endian), Contains("S/390, big-endian"));
}

TEST_CASE("an ELF object file is refused") {
  TestElf elf;
  elf.type = 1;  // ET_REL

  CHECK_THAT(sniff_refusal(elf.build()), Contains("object file") && Contains("link it"));
}

TEST_CASE("a program with a dynamic linker is refused") {
  ByteVector file = TestElf{}.build();
  poke(file, 64, 3u);  // The first program header: PT_INTERP.

  CHECK_THAT(sniff_refusal(file), Contains("program for a running system"));
}

TEST_CASE("an ELF whose segments or headers end beyond the file is refused") {
  ByteVector file = TestElf{}.build();
  file.resize(0x420);
  CHECK_THAT(sniff_refusal(file), Contains("is truncated: a segment"));

  file.resize(70);
  CHECK_THAT(sniff_refusal(file), Contains("program headers end beyond"));

  file.resize(10);
  CHECK_THAT(sniff_refusal(file), Contains("ends inside of the ELF header"));
}

TEST_CASE("an ELF that contradicts itself is refused") {
  TestElf overlapping;
  overlapping.segments.push_back({0x10'0020, ByteVector(64)});
  CHECK_THAT(sniff_refusal(overlapping.build()), Contains("two segments at the same"));

  TestElf shrinking;
  shrinking.segments[0].memory_size = 8;
  CHECK_THAT(sniff_refusal(shrinking.build()), Contains("is damaged"));

  TestElf wrapping;
  wrapping.segments[0].physical = ~0ull - 8;
  CHECK_THAT(sniff_refusal(wrapping.build()), Contains("wraps around"));

  TestElf elsewhere;
  elsewhere.entry = 0x5000;
  CHECK_THAT(sniff_refusal(elsewhere.build()), Contains("starts at 0x5000, outside"));

  TestElf nothing;
  nothing.segments.clear();
  CHECK_THAT(sniff_refusal(nothing.build()), Contains("nothing to load"));
}

}  // namespace
}  // namespace minivmm::boot
