#include "boot/firmware.h"

#include <catch2/catch.hpp>

#include "support/boot_images.h"

namespace minivmm::boot {
namespace {

using test::ByteVector;
using test::kMiB;
using test::TestRam;

constexpr std::size_t kKiB = 1024;

/// An image whose every 64 KiB hold their number, counted from the last, which is 1.
ByteVector image(std::size_t size) {
  ByteVector bytes(size);
  for (std::size_t i = 0; i < size; ++i)
    bytes[size - 1 - i] = static_cast<std::byte>(1 + i / (64 * kKiB));
  return bytes;
}

TEST_CASE("images of 64 KiB to 16 MiB are taken") {
  const std::size_t size = GENERATE(64 * kKiB, 128 * kKiB, 192 * kKiB, 256 * kKiB, 16 * kMiB);

  CHECK_NOTHROW(check_firmware(ByteVector(size), "bios.bin"));
}

TEST_CASE("images of another size are refused, with the sizes that are right") {
  const std::size_t size = GENERATE(0ul, 1ul, 64 * kKiB - 1, 256 * kKiB + 512, 17 * kMiB);

  CHECK_THAT(test::refusal([&] { check_firmware(ByteVector(size), "bios.bin"); }),
             Catch::Matchers::Contains("bios.bin") && Catch::Matchers::Contains("256K"));
}

TEST_CASE("the ROM ends at 4 GiB") {
  CHECK(firmware_rom(image(256 * kKiB)) == GuestRange{{0xfffc'0000}, 256 * kKiB});
  CHECK(firmware_rom(image(64 * kKiB)).start.value == 0xffff'0000);
}

TEST_CASE("the image's end lies below 1 MiB too, up to 256 KiB of it") {
  const TestRam ram(2 * kMiB);

  (void)load_firmware(ram.memory(), image(512 * kKiB));

  CHECK(ram.peek<std::uint8_t>(0xf'ffff) == 1);
  CHECK(ram.peek<std::uint8_t>(0xe'0000) == 2);
  CHECK(ram.peek<std::uint8_t>(0xc'0000) == 4);
  CHECK(ram.peek<std::uint8_t>(0xb'ffff) == 0xcc);
}

TEST_CASE("a small image leaves the memory before it as it is") {
  const TestRam ram(2 * kMiB);

  (void)load_firmware(ram.memory(), image(64 * kKiB));

  CHECK(ram.peek<std::uint8_t>(0xf'0000) == 1);
  CHECK(ram.peek<std::uint8_t>(0xe'ffff) == 0xcc);
}

TEST_CASE("the first vCPU starts at the reset vector") {
  const TestRam ram(2 * kMiB);

  CHECK(load_firmware(ram.memory(), image(64 * kKiB)).mode == CpuEntry::Mode::kReal16);
}

}  // namespace
}  // namespace minivmm::boot
