// When a viewer is told that there is something to draw.

#include <catch2/catch.hpp>

#include "devices/vga/vga_machine.h"

namespace minivmm {
namespace {

using test::VgaMachine;

constexpr std::uint64_t kGraphics = 0xa0000;

struct Viewer {
  explicit Viewer(VgaMachine& shown) : machine(shown) {}
  void watch() {
    const std::lock_guard guard(machine.vga.lock());
    machine.vga.when_changed([this] { ++calls; });
  }
  void draw_and_watch() {
    machine.draw();
    watch();
  }
  VgaMachine& machine;
  int calls = 0;
};

TEST_CASE("What changed before a viewer looks is told at once, and once") {
  VgaMachine machine;
  Viewer viewer(machine);
  machine.set_mode(test::kMode13);
  viewer.watch();
  CHECK(viewer.calls == 1);
  machine.dac(1, 2, 3, 4);
  CHECK(viewer.calls == 1);
}

TEST_CASE("A viewer of a picture that does not change is left alone") {
  VgaMachine machine;
  Viewer viewer(machine);
  machine.set_mode(test::kMode13);
  viewer.draw_and_watch();
  static_cast<void>(machine.in8(0x3da));
  machine.out8(0x3c8, 7);
  machine.sequencer(2, 0x0f);  // What it was.
  static_cast<void>(machine.peek(kGraphics));
  CHECK(viewer.calls == 0);
}

TEST_CASE("A viewer is called for registers, for writes that trap and for writes that don't") {
  VgaMachine machine;
  machine.map_bars();
  Viewer viewer(machine);
  SECTION("a colour") {
    machine.set_mode(test::kMode13);
    viewer.draw_and_watch();
    machine.dac(0, 1, 1, 1);
  }
  SECTION("the cursor") {
    machine.set_mode(test::kMode3);
    viewer.draw_and_watch();
    machine.crtc(0x0f, 1);
  }
  SECTION("a pixel of a planar mode") {
    machine.set_mode(test::kMode12);
    viewer.draw_and_watch();
    machine.poke(kGraphics, 1);
  }
  SECTION("a pixel of mode 13h") {
    machine.set_mode(test::kMode13);
    for (int times = 0; times < 8; ++times) machine.poke(kGraphics, 1);
    viewer.draw_and_watch();
    const unsigned exits = machine.exits;
    machine.poke(kGraphics, 2);
    CHECK(machine.exits == exits);
  }
  SECTION("a pixel of the linear framebuffer") {
    machine.set_dispi_mode(320, 200, 32);
    viewer.draw_and_watch();
    machine.poke_linear(4, 1);
  }
  CHECK(viewer.calls == 1);
  CHECK(!machine.draw().empty());
}

TEST_CASE("A pixel that is written while a viewer begins to wait is told at once") {
  VgaMachine machine;
  machine.map_bars();
  Viewer viewer(machine);
  machine.set_dispi_mode(320, 200, 32);
  machine.draw();
  machine.framebuffer.before_arming = [&machine] { machine.poke_linear(4, 1); };
  viewer.watch();
  CHECK(viewer.calls == 1);
}

TEST_CASE("Pixels beside the picture wake a viewer at most once, and draw nothing") {
  VgaMachine machine;
  machine.map_bars();
  Viewer viewer(machine);
  machine.set_dispi_mode(320, 200, 32);
  viewer.draw_and_watch();
  machine.poke_linear(0x80000, 1);
  CHECK(viewer.calls == 1);
  CHECK(machine.draw().empty());
  viewer.watch();
  CHECK(viewer.calls == 1);
}

TEST_CASE("Of a linear mode only the rows whose pages were written are drawn") {
  VgaMachine machine;
  machine.map_bars();
  machine.set_dispi_mode(512, 128, 32);  // Two rows a page.
  machine.draw();
  machine.poke_linear(10 * 4096, 0xff);
  machine.poke_linear(20 * 4096 + 4095, 0xff);
  CHECK(machine.draw() == std::vector<RowRange>{{20, 22}, {40, 42}});
  CHECK(machine.pixel(0, 20) == 0x0000ff);
  CHECK(machine.draw().empty());
}

TEST_CASE("Of a planar mode only the rows around a write are drawn") {
  VgaMachine machine;
  machine.set_mode(test::kMode12);
  machine.draw();
  machine.poke(kGraphics + 100 * 80, 0xff);
  const std::vector<RowRange> rows = machine.draw();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].first <= 100);
  CHECK(rows[0].end > 100);
  CHECK(rows[0].end - rows[0].first < 20);
}

TEST_CASE("A viewer that called itself off is not called") {
  VgaMachine machine;
  Viewer viewer(machine);
  machine.set_mode(test::kMode13);
  viewer.draw_and_watch();
  {
    const std::lock_guard guard(machine.vga.lock());
    machine.vga.when_changed({});
  }
  CHECK(!machine.framebuffer.armed());
  machine.dac(0, 1, 1, 1);
  CHECK(viewer.calls == 0);
}

TEST_CASE("A viewer whose picture has another size is given nothing, and told again") {
  VgaMachine machine;
  machine.set_mode(test::kMode13);
  machine.draw();
  std::vector<std::uint32_t> small(16);
  {
    const std::lock_guard guard(machine.vga.lock());
    const auto rows = machine.vga.draw({small, {4, 4}, 4}, Scanout::Redraw::kChangedRows);
    CHECK(rows.empty());
  }
  Viewer viewer(machine);
  viewer.watch();
  CHECK(viewer.calls == 1);
  CHECK(machine.draw() == std::vector<RowRange>{{0, 400}});
}

TEST_CASE("A picture's rows may be further apart than it is wide") {
  VgaMachine machine;
  machine.set_mode(test::kMode13);
  machine.dac(0, 0x3f, 0, 0);
  std::vector<std::uint32_t> pixels(700 * 400, 0x123456);
  const std::lock_guard guard(machine.vga.lock());
  const auto rows = machine.vga.draw({pixels, {640, 400}, 700}, Scanout::Redraw::kEverything);
  CHECK(rows == std::vector<RowRange>{{0, 400}});
  CHECK(pixels[700 * 399 + 639] == 0xff0000);
  CHECK(pixels[700 * 399 + 640] == 0x123456);
}

}  // namespace
}  // namespace minivmm
