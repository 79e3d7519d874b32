// What bringing a picture up to date costs: VgaPci's draw() at 1920x1080, 32 bits a pixel, without
// a guest. Prints a line each for a frame of which everything, 1% or nothing changed:
//
//   draw NAME MICROSECONDS ROWS

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <vector>

#include "bus/bus.h"
#include "devices/vga/vga_pci.h"
#include "minivmm/clock.h"

namespace {

using namespace minivmm;

constexpr std::uint64_t kVram = 16ull << 20;
constexpr PictureSize kSize{1920, 1080};
constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kBytesPerRow = kSize.width * 4ull;

/// A guest's writes by hand.
class Window final : public MemoryWindow {
 public:
  void map(GuestAddress /*address*/, std::uint64_t /*offset*/, std::uint64_t /*size*/) override {}
  void unmap() override {}
  void take_dirty(std::span<std::uint64_t> pages) override {
    for (std::uint64_t page = first; page < end; ++page) pages[page / 64] |= 1ull << page % 64;
    first = end = 0;
  }
  void when_written(std::function<void()> /*changed*/) override {}

  std::uint64_t first = 0;
  std::uint64_t end = 0;
};

struct Screen {
  Bus mmio;
  Bus ports;
  HostClock clock;
  std::vector<std::byte> memory{kVram + vga::VgaPci::kTextMemory};
  Window framebuffer;
  Window legacy;
  vga::VgaPci vga{{.mmio = mmio,
                   .ports = ports,
                   .memory = memory,
                   .framebuffer = framebuffer,
                   .legacy = legacy,
                   .clock = clock,
                   .preferred = kSize}};
};

// Rows [first, end) change in columns of an n-th of the width; the median of some frames.
void measure(Screen& screen, std::vector<std::uint32_t>& pixels, const char* name, RowRange changed,
             unsigned part) {
  constexpr int kFrames = 101;
  const Picture picture{pixels, kSize, kSize.width};
  std::vector<double> times;
  unsigned rows = 0;
  for (int frame = 0; frame < kFrames; ++frame) {
    for (unsigned row = changed.first; row < changed.end; ++row) {
      std::fill_n(screen.memory.begin() + static_cast<std::ptrdiff_t>(row * kBytesPerRow),
                  kBytesPerRow / part, std::byte(frame + 1));
    }
    screen.framebuffer.first = changed.first * kBytesPerRow / kPage;
    screen.framebuffer.end = (changed.end * kBytesPerRow + kPage - 1) / kPage;
    const auto start = std::chrono::steady_clock::now();
    const auto touched = screen.vga.draw(picture, Scanout::Redraw::kChangedRows);
    const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - start;
    times.push_back(time.count());
    rows = 0;
    for (const RowRange& range : touched) rows += range.end - range.first;
  }
  std::nth_element(times.begin(), times.begin() + kFrames / 2, times.end());
  std::printf("draw %s %.0f %u\n", name, times[kFrames / 2], rows);
}

}  // namespace

int main() {
  Screen screen;
  if (!screen.vga.show_framebuffer(kSize)) return 1;
  std::vector<std::uint32_t> pixels(std::size_t{kSize.width} * kSize.height);
  measure(screen, pixels, "full", {0, kSize.height}, 1);
  measure(screen, pixels, "percent", {500, 500 + kSize.height / 10}, 10);
  measure(screen, pixels, "nothing", {0, 0}, 1);
  return 0;
}
