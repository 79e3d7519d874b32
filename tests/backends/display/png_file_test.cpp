#include "backends/display/png_file.h"

#include <png.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <vector>

#include "minivmm/error.h"
#include "support/fake_scanout.h"
#include "support/temp_folder.h"

namespace minivmm {
namespace {

using Catch::Contains;
using test::pattern_at;

struct ReadBack {
  unsigned width = 0;
  unsigned height = 0;
  std::vector<std::uint8_t> rgb;
};

ReadBack read_png(const std::string& path) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  REQUIRE(png_image_begin_read_from_file(&image, path.c_str()) != 0);
  image.format = PNG_FORMAT_RGB;
  ReadBack picture{image.width, image.height, std::vector<std::uint8_t>(PNG_IMAGE_SIZE(image))};
  REQUIRE(png_image_finish_read(&image, nullptr, picture.rgb.data(), 0, nullptr) != 0);
  return picture;
}

TEST_CASE("a PNG file has every pixel of the picture") {
  const test::TempFolder folder;
  constexpr PictureSize kSize{37, 11};
  constexpr std::size_t kStride = 48;
  std::vector<std::uint32_t> pixels(kStride * kSize.height, 0xffffffff);
  for (unsigned y = 0; y < kSize.height; ++y) {
    for (unsigned x = 0; x < kSize.width; ++x) pixels[y * kStride + x] = pattern_at(x, y);
  }
  write_png(folder.path("screen.png"), pixels, kSize, kStride);
  const ReadBack picture = read_png(folder.path("screen.png"));
  REQUIRE(picture.width == kSize.width);
  REQUIRE(picture.height == kSize.height);
  bool same = true;
  for (unsigned y = 0; y < kSize.height; ++y) {
    for (unsigned x = 0; x < kSize.width; ++x) {
      const std::uint8_t* const rgb = &picture.rgb[3 * (y * kSize.width + x)];
      same = same &&
             pattern_at(x, y) == static_cast<std::uint32_t>(rgb[0] << 16 | rgb[1] << 8 | rgb[2]);
    }
  }
  CHECK(same);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(
           std::filesystem::path(folder.path("screen.png")).parent_path()))
    ++files;
  CHECK(files == 1);  // Nothing is left of the one written beside.
}

TEST_CASE("a place where no file can be is said before anything starts") {
  const test::TempFolder folder;
  CHECK_NOTHROW(check_png_path(folder.path("screen.png")));
  CHECK_THROWS_AS(check_png_path(folder.path("missing/screen.png")), ConfigError);
  CHECK_THROWS_WITH(check_png_path(folder.path("")), Contains("--screenshot"));
}

TEST_CASE("a folder that has gone meanwhile is an error with its reason") {
  const test::TempFolder folder;
  const std::vector<std::uint32_t> pixels(16);
  CHECK_THROWS_WITH(write_png(folder.path("gone/screen.png"), pixels, {16, 1}, 16),
                    Contains("gone/screen.png") && Contains("No such file"));
}

}  // namespace
}  // namespace minivmm
