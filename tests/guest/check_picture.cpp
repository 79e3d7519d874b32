// Compares a screenshot with what guests/vga draws, pixel by pixel.
//
//   check_picture MODE FILE.png
//   check_picture --draw FILE
//
// Status 0: the same; else it says where they differ first. --draw writes the picture of linear32
// as the framebuffer has it, for a guest that can't draw itself.

#include <cstdint>
#include <cstdio>
#include <iterator>
#include <string_view>

#include "support/picture_file.h"
#include "vga/pictures.h"

namespace {

using namespace pictures;
using minivmm::test::PictureFile;

// Six bits of a colour as eight: 63 is white's 255.
std::uint32_t widen(std::uint32_t value, unsigned bits) {
  return value << (8 - bits) | value >> (2 * bits - 8);
}

std::uint32_t color(std::uint8_t of_entry) {
  std::uint32_t rgb = 0;
  for (unsigned component = 0; component < 3; ++component) {
    rgb = rgb << 8 | widen(dac(of_entry, component), 6);
  }
  return rgb;
}

std::uint32_t text_pixel(unsigned x, unsigned y) {
  const unsigned column = x / 9, dot = x % 9, row = y / kGlyphHeight;
  const std::uint8_t code = character(column, row);
  const std::uint8_t colors = attribute(column, row);
  const unsigned dots = glyph(code, y % kGlyphHeight);
  // The ninth is empty, but in the characters that draw lines.
  const bool lines = code >= 0xc0 && code <= 0xdf;
  const bool set = dot < 8 ? (dots >> (7 - dot) & 1) != 0 : lines && (dots & 1) != 0;
  return color(static_cast<std::uint8_t>(set ? colors & 15 : colors >> 4));
}

std::uint32_t expected(Mode mode, unsigned x, unsigned y) {
  if (mode == Mode::kText) return text_pixel(x, y);
  if (mode == Mode::kLinear32) return pixel32(x, y);
  if (mode != Mode::kLinear16) return color(entry(mode, x, y));
  const std::uint32_t pixel = pixel16(x, y);
  return widen(pixel >> 11, 5) << 16 | widen(pixel >> 5 & 63, 6) << 8 | widen(pixel & 31, 5);
}

int compare(Mode mode, const PictureFile& image) {
  const Shape& shape = kShapes[static_cast<unsigned>(mode)];
  if (image.width != shape.width * shape.repeat || image.height != shape.height * shape.repeat) {
    std::printf("the picture has %u x %u pixels\n", image.width, image.height);
    return 1;
  }
  for (unsigned y = 0; y < image.height; ++y) {
    for (unsigned x = 0; x < image.width; ++x) {
      const std::uint32_t shown = image.pixel(x, y);
      const std::uint32_t right = expected(mode, x / shape.repeat, y / shape.repeat);
      if (shown == right) continue;
      std::printf("at %u, %u: %06x is shown, and drawn was %06x\n", x, y, shown, right);
      return 1;
    }
  }
  return 0;
}

int draw(const char* path) {
  std::FILE* const file = std::fopen(path, "wb");
  if (file == nullptr) return 1;
  const Shape& shape = kShapes[static_cast<unsigned>(Mode::kLinear32)];
  for (unsigned y = 0; y < shape.height; ++y) {
    for (unsigned x = 0; x < shape.width; ++x) {
      const std::uint32_t pixel = pixel32(x, y);
      std::fwrite(&pixel, sizeof pixel, 1, file);
    }
  }
  return std::fclose(file) == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  if (std::string_view(argv[1]) == "--draw") return draw(argv[2]);
  for (unsigned i = 0; i < std::size(kShapes); ++i) {
    if (std::string_view(kShapes[i].name) != argv[1]) continue;
    PictureFile image;
    if (!minivmm::test::read_picture(argv[2], image)) {
      std::printf("%s is not a picture\n", argv[2]);
      return 1;
    }
    return compare(static_cast<Mode>(i), image);
  }
  return 2;
}
