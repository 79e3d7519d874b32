#include "machine/screen_config.h"

#include <fmt/core.h>

#include <algorithm>
#include <bit>

#include "devices/vga/vga_pci.h"
#include "machine/boot_files.h"
#include "machine/layout.h"
#include "memory/ram.h"
#include "minivmm/error.h"

namespace minivmm {
namespace {

using layout::kMiB;
using vga::VgaPci;

// EDID's detailed timing has 12 bits for each (VESA E-EDID A2, 3.10.2); below the least no system
// shows anything of use.
constexpr unsigned kLeastPixels = 64;
constexpr unsigned kMostPixels = 4095;

void check_vram(std::uint64_t vram) {
  if (vram < VgaPci::kMinVram || vram > VgaPci::kMaxVram)
    throw ConfigError(fmt::format("video memory of {} is out of range: give --vram from {}M to {}M",
                                  bytes_text(vram), VgaPci::kMinVram / kMiB,
                                  VgaPci::kMaxVram / kMiB));
  if (!std::has_single_bit(vram))
    throw ConfigError(
        fmt::format("video memory of {} is not a power of two: give --vram {}M or {}M",
                    bytes_text(vram), std::bit_floor(vram) / kMiB, std::bit_ceil(vram) / kMiB));
}

void check_resolution(const ScreenConfig& screen) {
  const auto [least, most] = std::minmax(screen.width, screen.height);
  if (least < kLeastPixels || most > kMostPixels)
    throw ConfigError(fmt::format(
        "a resolution of {}x{} is out of range: give --resolution from {}x{} to {}x{}",
        screen.width, screen.height, kLeastPixels, kLeastPixels, kMostPixels, kMostPixels));
  const std::uint64_t needed = picture_bytes(screen.width, screen.height);
  if (needed > screen.vram)
    throw ConfigError(fmt::format(
        "a resolution of {}x{} does not fit into {} of video memory: give --vram {}M, or a smaller "
        "--resolution",
        screen.width, screen.height, bytes_text(screen.vram), std::bit_ceil(needed) / kMiB));
}

}  // namespace

bool has_screen(const MachineConfig& config) {
  const ScreenConfig& screen = config.screen;
  if (screen.present) return *screen.present;
  return boots_firmware(config) || screen.display == DisplayKind::kWindow ||
         !screen.screenshot.empty() || screen.expect.has_value();
}

void check_screen(const MachineConfig& config) {
  const ScreenConfig& screen = config.screen;
  if (screen.present == false) {
    if (screen.display == DisplayKind::kWindow || !screen.screenshot.empty() || screen.expect)
      throw ConfigError(
          "--display window, --screenshot and --expect-screen look at a screen: leave out --vga "
          "off");
    return;
  }
  check_vram(screen.vram);
  check_resolution(screen);
}

std::uint64_t picture_bytes(unsigned width, unsigned height) {
  constexpr std::uint64_t kBytesPerPixel = 4;
  return ((std::uint64_t{width} + 7) & ~std::uint64_t{7}) * height * kBytesPerPixel;
}

}  // namespace minivmm
