// Reads a picture of a text screen as a person does: by the shapes of its letters.
//
//   read_text FONT PICTURE.png
//
// PICTURE shows characters of 9 x 16 pixels, as VGA's text mode does; FONT is a file that holds the
// shapes of the 256 characters of code page 437, 16 bytes each, somewhere (vgabios has them). Each
// row becomes a line, without the spaces at its end; ~ stands for what isn't an ASCII character.

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>

#include "support/picture_file.h"

namespace {

using minivmm::test::PictureFile;

constexpr unsigned kWidth = 9, kHeight = 16;
constexpr unsigned kFirst = ' ', kLast = '~';

using Shape = std::array<char, kHeight>;
using Letters = std::map<Shape, char>;

// In every VGA BIOS's font for 16 rows; what surrounds it tells the fonts of 8 and 14 rows apart.
constexpr std::string_view kLetterA{"\0\0\x10\x38\x6c\xc6\xc6\xfe\xc6\xc6\xc6\xc6\0\0\0\0",
                                    kHeight};

Letters read_font(const char* path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const std::size_t letter_a = bytes.find(kLetterA);
  if (letter_a == std::string::npos || letter_a < 'A' * kHeight) return {};
  const std::size_t start = letter_a - 'A' * kHeight;
  if (bytes.size() - start < 256 * kHeight) return {};
  Letters letters;
  for (unsigned code = kFirst; code <= kLast; ++code) {
    Shape shape{};
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(start + code * kHeight), kHeight,
                shape.begin());
    letters.emplace(shape, static_cast<char>(code));
  }
  return letters;
}

// The ninth dot of a letter is always background.
char letter_at(const PictureFile& picture, const Letters& letters, unsigned column, unsigned row) {
  const unsigned left = column * kWidth, top = row * kHeight;
  const auto background = picture.pixel(left + kWidth - 1, top);
  Shape shape{};
  for (unsigned y = 0; y < kHeight; ++y) {
    unsigned dots = 0;
    for (unsigned x = 0; x < 8; ++x) {
      dots = dots << 1 | (picture.pixel(left + x, top + y) != background ? 1 : 0);
    }
    shape[y] = static_cast<char>(dots);
  }
  const auto found = letters.find(shape);
  return found != letters.end() ? found->second : '~';
}

void print_text(const PictureFile& picture, const Letters& letters) {
  for (unsigned row = 0; row < picture.height / kHeight; ++row) {
    std::string line;
    for (unsigned column = 0; column < picture.width / kWidth; ++column) {
      line += letter_at(picture, letters, column, row);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    std::puts(line.c_str());
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const Letters letters = read_font(argv[1]);
  if (letters.empty()) {
    std::fprintf(stderr, "%s holds no font of 16 rows\n", argv[1]);
    return 1;
  }
  PictureFile picture;
  if (!minivmm::test::read_picture(argv[2], picture)) {
    std::fprintf(stderr, "%s is not a picture\n", argv[2]);
    return 1;
  }
  if (picture.width % kWidth != 0 || picture.height % kHeight != 0) {
    std::fprintf(stderr, "%u x %u pixels are not VGA's text mode\n", picture.width, picture.height);
    return 1;
  }
  print_text(picture, letters);
}
