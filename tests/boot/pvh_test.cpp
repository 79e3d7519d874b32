#include "boot/pvh.h"

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

TestElf pvh_kernel() {
  TestElf elf;
  elf.notes = test::pvh_note(0x10'0020);
  return elf;
}

CpuEntry load_file(const TestRam& ram, const ByteVector& file, const BootParameters& parameters) {
  return load(ram.memory(), sniff(file, "vmlinux"), parameters);
}

TEST_CASE("a PVH kernel starts in flat protected mode at its note's entry") {
  const TestRam ram(16 * kMiB);

  const CpuEntry entry = load_file(ram, pvh_kernel().build(), ram.parameters());

  CHECK(entry.mode == CpuEntry::Mode::kProtected32);
  CHECK(entry.rip == 0x10'0020);
  CHECK(ram.peek<std::uint8_t>(0x10'0000) == 0x90);
  CHECK(ram.peek<std::uint64_t>(entry.gdt.value + entry.code_selector) == 0x00cf'9b00'0000'ffff);
}

TEST_CASE("a PVH kernel finds memory map, command line and RSDP by EBX") {
  const TestRam ram(16 * kMiB);
  BootParameters parameters = ram.parameters();
  parameters.cmdline = "console=ttyS0";
  parameters.rsdp = {0xe'0000};

  const std::uint64_t info = load_file(ram, pvh_kernel().build(), parameters).rbx;

  CHECK(ram.peek<std::uint32_t>(info) == 0x336e'c578);
  CHECK(ram.peek<std::uint32_t>(info + 4) == 1);
  CHECK(ram.peek<std::uint32_t>(info + 12) == 0);
  CHECK(ram.peek_string(ram.peek<std::uint64_t>(info + 24)) == "console=ttyS0");
  CHECK(ram.peek<std::uint64_t>(info + 32) == 0xe'0000);
  const auto map = ram.peek<std::uint64_t>(info + 40);
  REQUIRE(ram.peek<std::uint32_t>(info + 48) == 4);
  CHECK(ram.peek<std::uint64_t>(map + 3 * 24) == 0x10'0000);
  CHECK(ram.peek<std::uint64_t>(map + 3 * 24 + 8) == 15 * kMiB);
  CHECK(ram.peek<std::uint32_t>(map + 3 * 24 + 16) == 1);
}

TEST_CASE("a PVH kernel's first module is the initrd") {
  const TestRam ram(16 * kMiB);
  const ByteVector initrd = text_bytes("an initrd");
  const ByteVector module = text_bytes("a module");
  BootParameters parameters = ram.parameters();
  parameters.initrd = initrd;
  parameters.modules = {{module, "its words"}};

  const std::uint64_t info = load_file(ram, pvh_kernel().build(), parameters).rbx;

  REQUIRE(ram.peek<std::uint32_t>(info + 12) == 2);
  const auto list = ram.peek<std::uint64_t>(info + 16);
  CHECK(ram.peek_bytes(ram.peek<std::uint64_t>(list), 9) == initrd);
  CHECK(ram.peek<std::uint64_t>(list + 8) == 9);
  CHECK(ram.peek_bytes(ram.peek<std::uint64_t>(list + 32), 8) == module);
  CHECK(ram.peek_string(ram.peek<std::uint64_t>(list + 32 + 16)) == "its words");
}

TEST_CASE("the PVH note is found behind other notes, in ELF32 too") {
  const TestRam ram(16 * kMiB);
  TestElf elf = pvh_kernel();
  ByteVector other = test::pvh_note(0);
  test::poke(other, 8, 6u);  // XEN_ELFNOTE_XEN_VERSION
  elf.notes.insert(elf.notes.begin(), other.begin(), other.end());
  elf.is_64_bit = false;
  elf.machine = 3;

  CHECK(load_file(ram, elf.build(), ram.parameters()).rip == 0x10'0020);
}

TEST_CASE("a PVH note whose entry is outside of the kernel is refused") {
  TestElf elf;
  elf.notes = test::pvh_note(0x5000);

  CHECK_THAT(refusal([&] { (void)sniff(elf.build(), "k"); }),
             Contains("starts at 0x5000, outside"));
}

TEST_CASE("an initrd too large for a PVH guest is refused with what it needs") {
  const TestRam ram(4 * kMiB);
  const ByteVector initrd(6 * kMiB);
  BootParameters parameters = ram.parameters();
  parameters.initrd = initrd;

  CHECK_THAT(refusal([&] { (void)load_file(ram, pvh_kernel().build(), parameters); }),
             Contains("no room for the initrd (6.0 MiB)") && Contains("--mem 10M"));
}

}  // namespace
}  // namespace minivmm::boot
