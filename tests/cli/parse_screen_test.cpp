#include <catch2/catch.hpp>

#include "cli/parse.h"
#include "minivmm/error.h"

namespace minivmm::cli {

TEST_CASE("Where nothing is said of the screen, others decide whether there is one") {
  const ScreenConfig screen = parse_screen({});
  CHECK_FALSE(screen.present.has_value());
  CHECK(screen.vram == 16ull << 20);
  CHECK(screen.width == 1280);
  CHECK(screen.height == 800);
}

TEST_CASE("Who describes a screen gets one") {
  CHECK(parse_screen({.vram = "32M"}).present == true);
  CHECK(parse_screen({.vram = "32M"}).vram == 32ull << 20);
  const ScreenConfig screen = parse_screen({.resolution = "1920x1080"});
  CHECK(screen.present == true);
  CHECK(screen.width == 1920);
  CHECK(screen.height == 1080);
}

TEST_CASE("A screen can be asked for by itself, and refused") {
  CHECK(parse_screen({.vga = "on"}).present == true);
  CHECK(parse_screen({.vga = "off"}).present == false);
  CHECK_THROWS_WITH(parse_screen({.vga = "maybe"}), Catch::Contains("on or off"));
}

TEST_CASE("A screen that is described can't be refused") {
  CHECK_THROWS_AS(parse_screen({.vram = "4M", .vga = "off"}), ConfigError);
  CHECK_THROWS_AS(parse_screen({.resolution = "800x600", .vga = "off"}), ConfigError);
}

TEST_CASE("A resolution that nobody chose fits into the video memory") {
  const ScreenConfig smallest = parse_screen({.vram = "1M"});
  CHECK(smallest.width == 640);
  CHECK(smallest.height == 400);
  CHECK(parse_screen({.vram = "2M"}).width == 800);
  CHECK(parse_screen({.vram = "4M"}).width == 1280);
}

TEST_CASE("A resolution is two numbers with an x between them") {
  const std::string text = GENERATE("800", "800x", "x600", "800*600", "800x600x", "-1x600",
                                    "800x600 ", "99999999999x1", "a800x600");
  CHECK_THROWS_WITH(parse_screen({.resolution = text}), Catch::Contains("as in 1280x800"));
}

}  // namespace minivmm::cli
