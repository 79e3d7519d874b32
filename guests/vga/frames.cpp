// Draws frames of 1920x1080 with 32 bits a pixel, for measuring what it costs to show them.
//
// Options: part=full (every pixel, the default), part=percent (a rectangle of 1% of them, which
// moves) or part=flash (that rectangle in the middle of the screen, and a dot on the serial line
// just before each); rate=N frames a second (60; 0: as many as there can be); seconds=N (10). Ends
// with
//   bench: frames=full count=N microseconds=M

#include "lib/boot_info.h"
#include "lib/exit.h"
#include "lib/interrupts.h"
#include "lib/print.h"
#include "lib/serial.h"
#include "lib/stopwatch.h"
#include "lib/user_mode.h"
#include "vga/adapter.h"
#include "vga/modes.h"

using namespace guest;

namespace {

constexpr unsigned kWidth = 1920, kHeight = 1080;
constexpr unsigned kTenth = 10;  // 1% is a tenth of the width and of the height.

bool all, flashes;
std::uint64_t rate, seconds;
std::uintptr_t framebuffer;
Stopwatch stopwatch;
alignas(16) std::uint8_t stack[4096];

void fill(unsigned x, unsigned y, unsigned pixels, std::uint32_t color) {
  auto* to = reinterpret_cast<std::uint32_t*>(framebuffer) + std::uint64_t{y} * kWidth + x;
  std::uint64_t count = pixels / 2;  // Both sizes here are even.
  const std::uint64_t pair = std::uint64_t{color} << 32 | color;
  asm volatile("rep stosq" : "+D"(to), "+c"(count) : "a"(pair) : "memory");
}

void draw_frame(std::uint64_t number) {
  const auto color = static_cast<std::uint32_t>(number * 0x01'0305);
  if (all) {
    for (unsigned y = 0; y < kHeight; ++y) fill(0, y, kWidth, color + y);
    return;
  }
  constexpr unsigned kColumns = kWidth / kTenth, kRows = kHeight / kTenth;
  if (flashes) print(".");
  const auto x =
      flashes ? (kWidth - kColumns) / 2 : static_cast<unsigned>(number * 8 % (kWidth - kColumns));
  const auto y =
      flashes ? (kHeight - kRows) / 2 : static_cast<unsigned>(number * 4 % (kHeight - kRows));
  for (unsigned row = 0; row < kRows; ++row) fill(x, y + row, kColumns, color + row);
}

const char* part_name() {
  return all ? "full" : flashes ? "flash" : "percent";
}

void draw() {
  check(set_linear_mode(kWidth, kHeight, 32), "there is such a mode");
  constexpr std::uint64_t kMicrosecond = 1'000'000;
  const std::uint64_t start = stopwatch.microseconds();
  std::uint64_t frames = 0, now = start;
  for (; now - start < seconds * kMicrosecond; now = stopwatch.microseconds()) {
    if (rate != 0 && (now - start) * rate < frames * kMicrosecond) {
      asm volatile("pause");
      continue;
    }
    draw_frame(frames++);
  }
  print("bench: frames={} count={} microseconds={}\n", part_name(), frames, now - start);
  exit_guest(kSuccess);
}

}  // namespace

extern "C" void guest_main() {
  serial_init();
  interrupts_init();
  flashes = option_is("part", "flash");
  all = !flashes && !option_is("part", "percent");
  rate = option("rate", 60);
  seconds = option("seconds", 10);
  framebuffer = map_framebuffer();
  check(framebuffer != 0, "there is a graphics adapter");
  stopwatch.init();
  enter_user_mode(draw, stack + sizeof(stack));
}
