#include <fmt/core.h>

#include <charconv>
#include <tuple>
#include <utility>

#include "cli/parse.h"
#include "minivmm/error.h"

namespace minivmm::cli {
namespace {

using Resolution = std::pair<unsigned, unsigned>;

Resolution parse_resolution(std::string_view text) {
  Resolution resolution;
  const char* const end = text.data() + text.size();
  const auto width = std::from_chars(text.data(), end, resolution.first);
  if (width.ec == std::errc() && width.ptr != end && *width.ptr == 'x') {
    const auto height = std::from_chars(width.ptr + 1, end, resolution.second);
    if (height.ec == std::errc() && height.ptr == end) return resolution;
  }
  throw ConfigError(fmt::format(
      "resolution '{}' is not understood: give WIDTHxHEIGHT in pixels, as in 1280x800", text));
}

bool parse_vga(std::string_view text) {
  if (text == "on") return true;
  if (text == "off") return false;
  throw ConfigError(fmt::format("'--vga {}' is neither: give on or off", text));
}

// The largest common one that fits beside the adapter's usual one.
void fit_resolution(ScreenConfig& screen) {
  constexpr std::uint64_t kBytesPerPixel = 4;
  for (const auto& [width, height] : {Resolution{800, 600}, Resolution{640, 400}}) {
    if (std::uint64_t{screen.width} * screen.height * kBytesPerPixel <= screen.vram) return;
    screen.width = width;
    screen.height = height;
  }
}

}  // namespace

ScreenConfig parse_screen(const ScreenWords& words) {
  ScreenConfig screen;
  if (!words.vga.empty()) screen.present = parse_vga(words.vga);
  if (screen.present == false && !(words.vram.empty() && words.resolution.empty()))
    throw ConfigError("--vram and --resolution describe a screen: leave out --vga off");
  if (!words.vram.empty()) {
    screen.vram = parse_size(words.vram);
    screen.present = true;
  }
  if (words.resolution.empty()) {
    fit_resolution(screen);
  } else {
    std::tie(screen.width, screen.height) = parse_resolution(words.resolution);
    screen.present = true;
  }
  return screen;
}

}  // namespace minivmm::cli
