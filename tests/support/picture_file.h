#pragma once
// A picture out of a PNG file, for the programs that look at screenshots.

#include <png.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace minivmm::test {

struct PictureFile {
  unsigned width = 0, height = 0;
  std::vector<std::uint8_t> rgb;  ///< Three bytes a pixel, rows from the top, without padding.

  /// 0x00RRGGBB.
  [[nodiscard]] std::uint32_t pixel(unsigned x, unsigned y) const {
    const std::uint8_t* at = &rgb[3 * (std::size_t{y} * width + x)];
    return std::uint32_t{at[0]} << 16 | std::uint32_t{at[1]} << 8 | at[2];
  }
};

/// Whether path holds a picture, which is read then.
inline bool read_picture(const char* path, PictureFile& picture) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_file(&png, path) == 0) return false;
  png.format = PNG_FORMAT_RGB;
  picture.width = png.width;
  picture.height = png.height;
  picture.rgb.resize(PNG_IMAGE_SIZE(png));
  return png_image_finish_read(&png, nullptr, picture.rgb.data(), 0, nullptr) != 0;
}

}  // namespace minivmm::test
