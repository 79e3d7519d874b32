#include "machine/screen_config.h"

#include <catch2/catch.hpp>

#include "minivmm/error.h"

namespace minivmm {
namespace {

MachineConfig with_screen(std::uint64_t vram, unsigned width, unsigned height) {
  MachineConfig config;
  config.screen.present = true;
  config.screen.vram = vram;
  config.screen.width = width;
  config.screen.height = height;
  return config;
}

constexpr std::uint64_t kMiB = 1 << 20;

}  // namespace

TEST_CASE("A kernel that is booted directly gets no screen unasked, nor does the demo") {
  MachineConfig config;
  CHECK_FALSE(has_screen(config));
  config.kernel = "vmlinuz";
  config.disks = {{.path = "guest.img"}};
  CHECK_FALSE(has_screen(config));
}

TEST_CASE("What firmware boots has a screen") {
  MachineConfig disk;
  disk.disks = {{.path = "guest.img"}};
  CHECK(has_screen(disk));
  MachineConfig firmware;
  firmware.firmware = "bios.bin";
  CHECK(has_screen(firmware));
}

TEST_CASE("Who looks at a screen has one") {
  MachineConfig config;
  config.screen.display = DisplayKind::kWindow;
  CHECK(has_screen(config));
  config.screen = {};
  config.screen.screenshot = "screen.png";
  CHECK(has_screen(config));
  config.screen = {};
  config.screen.expect = "login:";
  CHECK(has_screen(config));
}

TEST_CASE("What is said of the screen itself counts most") {
  MachineConfig config;
  config.disks = {{.path = "guest.img"}};
  config.screen.present = false;
  CHECK_FALSE(has_screen(config));
  config.screen.expect = "login:";
  CHECK_THROWS_WITH(check_screen(config), Catch::Contains("--vga"));
}

TEST_CASE("Video memory that no adapter has is refused, with what would do") {
  CHECK_THROWS_WITH(check_screen(with_screen(3 * kMiB, 640, 400)),
                    Catch::Contains("--vram 2M or 4M"));
  for (const std::uint64_t vram : {kMiB / 2, 512 * kMiB, kMiB << 20}) {
    CHECK_THROWS_WITH(check_screen(with_screen(vram, 640, 400)), Catch::Contains("1M to 256M"));
  }
  CHECK_NOTHROW(check_screen(with_screen(256 * kMiB, 4095, 4095)));
}

TEST_CASE("A resolution that the video memory can't hold is refused, with how much would") {
  CHECK_NOTHROW(check_screen(with_screen(16 * kMiB, 2560, 1600)));
  CHECK_THROWS_WITH(check_screen(with_screen(16 * kMiB, 3840, 2160)),
                    Catch::Contains("--vram 32M"));
  // 1022 pixels are stored as 1024.
  CHECK_NOTHROW(check_screen(with_screen(4 * kMiB, 1022, 1024)));
  CHECK_THROWS_WITH(check_screen(with_screen(4 * kMiB, 1025, 1023)), Catch::Contains("--vram 8M"));
}

TEST_CASE("A resolution out of range is refused") {
  CHECK_THROWS_AS(check_screen(with_screen(16 * kMiB, 0, 600)), ConfigError);
  CHECK_THROWS_AS(check_screen(with_screen(16 * kMiB, 800, 63)), ConfigError);
  CHECK_THROWS_AS(check_screen(with_screen(256 * kMiB, 4096, 600)), ConfigError);
  CHECK_THROWS_AS(check_screen(with_screen(256 * kMiB, 0x8000'0000, 0x8000'0000)), ConfigError);
}

}  // namespace minivmm
