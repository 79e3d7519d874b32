#include "devices/vga/edid.h"

#include <algorithm>
#include <span>
#include <string_view>

namespace minivmm::vga {

namespace {

constexpr unsigned kRefresh = 60;  // Hz.

std::uint8_t low8(std::uint64_t value) {
  return static_cast<std::uint8_t>(value & 0xff);
}

// --- Timing (CVT 1.1, 5.2: reduced blanking) ----------------------------------------------------

constexpr unsigned kHorizontalBlank = 160;
constexpr unsigned kHorizontalFrontPorch = 48;
constexpr unsigned kHorizontalSync = 32;
constexpr unsigned kVerticalFrontPorch = 3;
constexpr unsigned kMinVerticalBackPorch = 6;
constexpr unsigned kMinVerticalBlankNs = 460'000;
constexpr unsigned kClockStep = 250'000;  // Hz.

struct Timing {
  PictureSize size{};
  unsigned vertical_sync = 0;
  unsigned vertical_blank = 0;
  std::uint64_t clock = 0;  // Hz.
};

/// The length of the vertical sync tells the aspect ratio (CVT 1.1, table 3-2).
unsigned vertical_sync_of(PictureSize size) {
  const auto is = [size](unsigned wide, unsigned high) {
    return size.width * high == size.height * wide;
  };
  if (is(4, 3)) return 4;
  if (is(16, 9)) return 5;
  if (is(16, 10)) return 6;
  if (is(5, 4) || is(15, 9)) return 7;
  return 10;
}

Timing timing_of(PictureSize size) {
  Timing timing{size, vertical_sync_of(size), 0, 0};
  const std::uint64_t line_ns = (1'000'000'000 / kRefresh - kMinVerticalBlankNs) / size.height;
  const std::uint64_t lines = kMinVerticalBlankNs / std::max<std::uint64_t>(line_ns, 1) + 1;
  const unsigned least = kVerticalFrontPorch + timing.vertical_sync + kMinVerticalBackPorch;
  timing.vertical_blank =
      std::max(static_cast<unsigned>(std::min<std::uint64_t>(lines, 4095)), least);
  const std::uint64_t pixels =
      std::uint64_t{size.width + kHorizontalBlank} * (size.height + timing.vertical_blank);
  timing.clock = pixels * kRefresh / kClockStep * kClockStep;
  return timing;
}

/// Millimetres at 96 pixels an inch, the density that desktops take for normal.
unsigned millimetres(unsigned pixels) {
  return pixels * 254 / 960;
}

/// A detailed timing descriptor (EDID 1.4, 3.10.2).
void put_timing(std::span<std::uint8_t, 18> to, const Timing& timing) {
  const auto [width, height] = timing.size;
  const std::uint64_t clock =
      std::clamp<std::uint64_t>(timing.clock / 10'000, 1, 0xffff);  // In 10 kHz.
  const unsigned wide = millimetres(width);
  const unsigned high = millimetres(height);
  to[0] = low8(clock);
  to[1] = low8(clock >> 8);
  to[2] = low8(width);
  to[3] = low8(kHorizontalBlank);
  to[4] = low8(width >> 8 << 4 | kHorizontalBlank >> 8);
  to[5] = low8(height);
  to[6] = low8(timing.vertical_blank);
  to[7] = low8(height >> 8 << 4 | timing.vertical_blank >> 8);
  to[8] = low8(kHorizontalFrontPorch);
  to[9] = low8(kHorizontalSync);
  to[10] = low8(kVerticalFrontPorch << 4 | timing.vertical_sync);
  to[11] = 0;  // The high bits of the four before.
  to[12] = low8(wide);
  to[13] = low8(high);
  to[14] = low8(wide >> 8 << 4 | high >> 8);
  to[17] = 0x1a;  // Digital separate sync, horizontal positive, vertical negative.
}

// --- The rest -----------------------------------------------------------------------------------

/// A manufacturer's three letters, five bits each (3.4.1).
constexpr unsigned kManufacturer = ('M' - '@') << 10 | ('V' - '@') << 5 | ('M' - '@');

/// x and y of red, green, blue and white in 1024ths: those of sRGB (IEC 61966-2-1).
constexpr std::array<unsigned, 8> kChromaticity{655, 338, 307, 614, 154, 61, 320, 337};

/// The two low bits of each value come first, then the high eight (3.7).
void put_chromaticity(std::span<std::uint8_t, 10> to) {
  for (std::size_t index = 0; index < kChromaticity.size(); ++index) {
    const auto shift = static_cast<unsigned>(6 - index % 4 * 2);
    to[index / 4] = low8(to[index / 4] | (kChromaticity[index] & 3u) << shift);
    to[index + 2] = low8(kChromaticity[index] >> 2);
  }
}

enum class Aspect : unsigned { k16To10, k4To3, k5To4, k16To9 };
struct StandardTiming {
  unsigned width = 0;
  Aspect aspect = Aspect::k4To3;
};
constexpr std::array<StandardTiming, 8> kStandardTimings{{
    {1920, Aspect::k16To10},
    {1920, Aspect::k16To9},
    {1600, Aspect::k4To3},
    {1680, Aspect::k16To10},
    {1440, Aspect::k16To10},
    {1280, Aspect::k5To4},
    {1280, Aspect::k16To10},
    {1280, Aspect::k16To9},
}};

/// Two bytes each (3.9): columns / 8 - 31, the aspect ratio and the rate above 60 Hz.
void put_standard_timings(std::span<std::uint8_t, 16> to) {
  for (std::size_t index = 0; index < kStandardTimings.size(); ++index) {
    const StandardTiming& timing = kStandardTimings[index];
    to[2 * index] = low8(timing.width / 8 - 31);
    to[2 * index + 1] = low8(static_cast<unsigned>(timing.aspect) << 6 | (kRefresh - 60));
  }
}

/// The product's name: 13 characters, ended by a line feed and filled with spaces (3.10.3.4).
void put_name(std::span<std::uint8_t, 18> to, std::string_view name) {
  to[3] = 0xfc;
  for (std::size_t index = 0; index < 13; ++index) {
    const char letter = index < name.size() ? name[index] : index == name.size() ? '\n' : ' ';
    to[5 + index] = low8(static_cast<unsigned char>(letter));
  }
}

constexpr std::uint8_t kDummyDescriptor = 0x10;  // 3.10.3.11.

}  // namespace

Edid make_edid(PictureSize preferred) {
  preferred.width = std::clamp(preferred.width, 1u, 4095u);
  preferred.height = std::clamp(preferred.height, 1u, 4095u);
  Edid edid{0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00};
  const std::span all(edid);
  edid[8] = low8(kManufacturer >> 8);  // The only field with its high byte first.
  edid[9] = low8(kManufacturer);
  edid[10] = 1;     // Product.
  edid[16] = 0xff;  // The next is the model's year, less 1990.
  edid[17] = 2024 - 1990;
  edid[18] = 1;
  edid[19] = 4;
  edid[20] = 0xa0;  // Digital, 8 bits a colour, interface not told.
  edid[21] = low8(std::min(millimetres(preferred.width) / 10, 255u));
  edid[22] = low8(std::min(millimetres(preferred.height) / 10, 255u));
  edid[23] = 220 - 100;  // Gamma 2.2.
  edid[24] = 0x06;       // RGB 4:4:4; sRGB is the default; the preferred timing is the native one.
  put_chromaticity(all.subspan<25, 10>());
  edid[35] = 0x21;  // Established timings (3.8): 640x480 and 800x600,
  edid[36] = 0x08;  // 1024x768, all at 60 Hz.
  put_standard_timings(all.subspan<38, 16>());
  put_timing(all.subspan<54, 18>(), timing_of(preferred));
  put_name(all.subspan<72, 18>(), "minivmm");
  edid[90 + 3] = kDummyDescriptor;
  edid[108 + 3] = kDummyDescriptor;
  unsigned sum = 0;
  for (const std::uint8_t byte : edid) sum += byte;
  edid[127] = low8(0u - sum);
  return edid;
}

}  // namespace minivmm::vga
