// Kernels as Debian packages them, where they are installed.

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "boot/loader.h"
#include "support/boot_images.h"

namespace minivmm::boot {
namespace {

using test::ByteVector;
using test::kMiB;
using test::TestRam;

ByteVector read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  return test::text_bytes(text);
}

void check_memtest(const std::string& path, CpuEntry::Mode mode) {
  const ByteVector file = read_file(path);
  if (file.empty()) {
    WARN("SKIPPED: " << path << " is not there (package memtest86+)");
    return;
  }
  const TestRam ram(16 * kMiB);
  const KernelImage image = sniff(file, path);
  CHECK(image.kind == KernelKind::kBzImage);
  CHECK_THAT(image.description, Catch::Matchers::StartsWith("Memtest86+ v"));

  const CpuEntry entry = load(ram.memory(), image, ram.parameters());

  CHECK(entry.mode == mode);
  CHECK(entry.rip >= 0x10'0000);
}

TEST_CASE("memtest86+ for 64 bits is entered in long mode") {
  check_memtest("/boot/memtest86+x64.bin", CpuEntry::Mode::kLong64);
  check_memtest("/boot/memtest86+x64.efi", CpuEntry::Mode::kLong64);
}

TEST_CASE("memtest86+ for 32 bits is entered in protected mode") {
  check_memtest("/boot/memtest86+ia32.bin", CpuEntry::Mode::kProtected32);
  check_memtest("/boot/memtest86+ia32.efi", CpuEntry::Mode::kProtected32);
}

}  // namespace
}  // namespace minivmm::boot
