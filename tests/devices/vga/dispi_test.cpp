#include "devices/vga/dispi.h"

#include <catch2/catch.hpp>

#include "devices/vga/any_numbers.h"

namespace minivmm::vga {
namespace {

constexpr std::uint64_t kVram = 1 << 20;

void set(Dispi& dispi, unsigned index, unsigned value) {
  static_cast<void>(dispi.write(index, static_cast<std::uint16_t>(value)));
}

Dispi with_mode(unsigned width, unsigned height, unsigned bits, std::uint64_t vram = kVram) {
  Dispi dispi(vram);
  set(dispi, Dispi::kXres, width);
  set(dispi, Dispi::kYres, height);
  set(dispi, Dispi::kBpp, bits);
  set(dispi, Dispi::kEnable, Dispi::kEnabled);
  return dispi;
}

TEST_CASE("Drivers find every version of the dispi interface up to 0xb0c5") {
  Dispi dispi(kVram);
  CHECK(dispi.read(Dispi::kId) == 0xb0c5);
  set(dispi, Dispi::kId, 0xb0c0);
  CHECK(dispi.read(Dispi::kId) == 0xb0c0);
  set(dispi, Dispi::kId, 0xb0c6);
  CHECK(dispi.read(Dispi::kId) == 0xb0c0);
  CHECK(dispi.read(Dispi::kVideoMemory64K) == 16);
  CHECK(dispi.read(11) == 0);
}

TEST_CASE("Capabilities are read where a mode's values are otherwise") {
  Dispi dispi = with_mode(640, 480, 8);
  set(dispi, Dispi::kEnable, Dispi::kEnabled | Dispi::kGetCapabilities);
  CHECK(dispi.read(Dispi::kXres) == 16000);
  CHECK(dispi.read(Dispi::kYres) == 12000);
  CHECK(dispi.read(Dispi::kBpp) == 32);
  set(dispi, Dispi::kEnable, Dispi::kEnabled);
  CHECK(dispi.read(Dispi::kXres) == 640);
}

TEST_CASE("Setting a dispi mode clears its memory unless the guest objects") {
  Dispi dispi(kVram);
  set(dispi, Dispi::kXres, 640);
  set(dispi, Dispi::kYres, 480);
  CHECK(dispi.write(Dispi::kEnable, Dispi::kEnabled) == Dispi::Effect::kChangedAndCleared);
  CHECK(dispi.write(Dispi::kEnable, Dispi::kEnabled) == Dispi::Effect::kChanged);
  CHECK(dispi.write(Dispi::kEnable, 0) == Dispi::Effect::kChanged);
  CHECK(dispi.write(Dispi::kEnable, Dispi::kEnabled | Dispi::kNoClearMemory) ==
        Dispi::Effect::kChanged);
}

TEST_CASE("A dispi mode's picture is where its offsets say") {
  Dispi dispi = with_mode(320, 200, 16);
  set(dispi, Dispi::kVirtualWidth, 400);
  set(dispi, Dispi::kXOffset, 10);
  set(dispi, Dispi::kYOffset, 100);
  const auto mode = dispi.mode();
  REQUIRE(mode);
  CHECK(mode->bytes_per_row == 800);
  CHECK(mode->start == 100 * 800 + 20);
  CHECK(dispi.read(Dispi::kVirtualHeight) == kVram / 800);
}

TEST_CASE("Pages of a dispi mode are as many as the memory holds") {
  Dispi dispi = with_mode(320, 240, 32);
  set(dispi, Dispi::kYOffset, 60000);
  CHECK(dispi.read(Dispi::kYOffset) == kVram / 1280 - 240);
  set(dispi, Dispi::kXOffset, 5);
  CHECK(dispi.read(Dispi::kXOffset) == 0);  // No wider than the picture.
}

TEST_CASE("A picture that the memory does not hold is cut") {
  Dispi dispi = with_mode(1024, 768, 32);
  CHECK(dispi.mode()->height == 256);
  CHECK(dispi.read(Dispi::kYres) == 256);
}

TEST_CASE("Whatever a guest writes, a dispi mode lies inside the video memory") {
  const std::uint64_t vram = GENERATE(1ull << 20, 2ull << 20, 256ull << 20);
  test::AnyNumbers random(1);
  Dispi dispi(vram);
  for (int step = 0; step < 100'000; ++step) {
    unsigned value = random() & 0xffff;
    const unsigned index = random() % 11;
    if (index == Dispi::kBpp) value %= 33;
    set(dispi, index, value);
    const auto mode = dispi.mode();
    if (!mode) continue;
    REQUIRE(mode->width >= 8);
    REQUIRE(mode->width <= Dispi::kMaxWidth);
    REQUIRE(mode->height >= 1);
    REQUIRE(mode->height <= Dispi::kMaxHeight);
    const std::uint64_t memory = mode->bits == 4 ? vram / 4 : vram;
    const std::uint64_t row =
        mode->bits == 4 ? mode->width / 8 : mode->width * ((mode->bits + 7) / 8);
    REQUIRE(mode->start + (mode->height - 1) * mode->bytes_per_row + row <= memory);
    REQUIRE(dispi.bank_start() + 0x10000 <= vram);
  }
}

}  // namespace
}  // namespace minivmm::vga
