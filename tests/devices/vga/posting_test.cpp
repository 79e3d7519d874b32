// Writes that the guest makes without exits where nothing is mapped.

#include <catch2/catch.hpp>

#include "devices/vga/text_machine.h"

namespace minivmm {
namespace {

using test::PostingMachine;

constexpr std::uint64_t kGraphics = 0xa0000;

/// A screen full of writes; the picture that they make is all red.
void fill_screen(test::VgaMachine& machine) {
  machine.set_mode(test::kMode12);
  machine.dac(0x3f, 0x3f, 0, 0);
  for (unsigned offset = 0; offset < 80 * 480; ++offset) machine.poke(kGraphics + offset, 0xff);
}

struct Viewer {
  /// Whether it is to look again at once.
  bool look() {
    machine.draw();
    const int before = calls;
    const std::lock_guard guard(machine.vga.lock());
    machine.vga.when_changed([this] { ++calls; });
    return calls != before;
  }
  test::VgaMachine& machine;
  int calls = 0;
};

TEST_CASE("A guest that fills a planar screen exits once for many writes") {
  PostingMachine machine;
  fill_screen(machine);
  CHECK(machine.exits + machine.port_exits < 80 * 480 / 50);
  machine.draw();
  CHECK(machine.pixel(0, 0) == 0xff0000);
  CHECK(machine.pixel(639, 479) == 0xff0000);
}

TEST_CASE("What was posted is there for whoever reads, looks or asks for the size") {
  PostingMachine machine;
  fill_screen(machine);
  SECTION("a port") {
    machine.crtc(0x0f, 0x77);
    CHECK(machine.in8(0x3d5) == 0x77);
  }
  SECTION("memory") {
    machine.poke(kGraphics + 7, 0x5a);
    machine.graphics(4, 2);
    CHECK(machine.peek(kGraphics + 7) == 0x5a);
  }
  SECTION("the linear framebuffer's registers") {
    machine.map_bars();
    machine.crtc(0x0f, 0x66);
    CHECK(test::load<std::uint8_t>(machine.mmio, test::VgaMachine::kRegisters + 0x415) == 0x66);
  }
  SECTION("the size") {
    machine.set_mode(test::kModeX);
    machine.out8(0x3c2, 0xe3);
    CHECK(machine.posted->active);
    machine.draw();
    CHECK(machine.size == PictureSize{640, 480});
  }
  SECTION("the text") {
    machine.set_mode(test::kMode3);
    machine.poke(test::kText, 'A');
    REQUIRE(machine.posted->active);
    const std::lock_guard guard(machine.vga.lock());
    const auto text = machine.vga.text();
    REQUIRE(text);
    CHECK(text->rows.at(0).substr(0, 1) == "A");
  }
}

TEST_CASE("The map mask that a guest sets between two writes holds for the second alone") {
  PostingMachine machine;
  fill_screen(machine);
  const unsigned exits = machine.exits + machine.port_exits;
  machine.sequencer(2, 1);
  machine.poke(kGraphics, 0x11);
  machine.sequencer(2, 8);
  machine.poke(kGraphics, 0x88);
  REQUIRE(machine.exits + machine.port_exits <= exits + 1);
  machine.graphics(4, 0);
  CHECK(machine.peek(kGraphics) == 0x11);
  machine.graphics(4, 1);
  CHECK(machine.peek(kGraphics) == 0xff);
  machine.graphics(4, 3);
  CHECK(machine.peek(kGraphics) == 0x88);
}

TEST_CASE("A write that the queue has no room for comes behind what is in it") {
  PostingMachine machine;
  fill_screen(machine);
  machine.graphics(4, 0);
  machine.out8(0x3c4, 2);
  static_cast<void>(machine.in8(0x3c5));
  while (!machine.queue.full()) machine.poke(kGraphics + 5, 0x11);
  SECTION("to a port") {
    machine.out8(0x3c5, 8);
  }
  SECTION("to memory") {
    machine.poke(kGraphics + 6, 0x22);
  }
  CHECK(machine.peek(kGraphics + 5) == 0x11);
}

TEST_CASE("A guest that writes little is answered at once") {
  PostingMachine machine;
  for (unsigned times = 0; times < vga::Posting::kAccessesBeforePosting - 1; ++times)
    machine.out8(0x3c8, times);
  CHECK(!machine.posted->active);
  machine.out8(0x3c8, 0);
  CHECK(machine.posted->active);
}

TEST_CASE("Nothing is posted once the window is mapped, so that a register can end that") {
  PostingMachine machine;
  machine.set_mode(test::kMode3);
  for (unsigned offset = 0; offset < 4000; ++offset) machine.poke(test::kText + offset, 7);
  REQUIRE(machine.legacy.mapped());
  CHECK(!machine.posted->active);
  for (unsigned times = 0; times < 100; ++times) machine.crtc(0x0f, times);
  CHECK(!machine.posted->active);

  machine.sequencer(4, 6);

  CHECK(!machine.legacy.mapped());
}

TEST_CASE("Who looks while writes are posted looks again, until nothing has come for a while") {
  PostingMachine machine;
  fill_screen(machine);
  Viewer viewer{machine};
  for (unsigned looks = 0; looks < 3 * vga::Posting::kQuietLooks; ++looks) {
    machine.poke(kGraphics + looks, looks);
    REQUIRE(viewer.look());
  }
  for (unsigned looks = 1; looks < vga::Posting::kQuietLooks; ++looks) REQUIRE(viewer.look());
  REQUIRE(!viewer.look());
  CHECK(!machine.posted->active);
  CHECK(!viewer.look());

  const int calls = viewer.calls;
  machine.poke(kGraphics, 0x42);
  CHECK(viewer.calls == calls + 1);
}

TEST_CASE("A viewer that waits is told when writes begin to be posted, which would not wake it") {
  PostingMachine machine;
  machine.set_mode(test::kMode12);
  Viewer viewer{machine};
  while (viewer.look()) {
  }
  REQUIRE(!machine.posted->active);
  const int calls = viewer.calls;
  while (!machine.posted->active) static_cast<void>(machine.peek(kGraphics));
  machine.poke(kGraphics, 0x42);
  CHECK(viewer.calls == calls + 1);
  CHECK(viewer.look());
}

TEST_CASE("A write that comes while posting ends is seen") {
  PostingMachine machine;
  fill_screen(machine);
  Viewer viewer{machine};
  bool told = false;
  while (machine.posted->active) {
    machine.queue.before_end = [&machine] { machine.poke(kGraphics, 0x42); };
    told = viewer.look();
  }
  CHECK(told);
  machine.graphics(4, 0);
  CHECK(machine.peek(kGraphics) == 0x42);
}

TEST_CASE("A reset forgets what was posted") {
  PostingMachine machine;
  fill_screen(machine);
  machine.crtc(0x0f, 0x77);
  {
    const std::lock_guard guard(machine.vga.lock());
    machine.vga.reset();
  }
  CHECK(!machine.posted->active);
  machine.out8(0x3c2, 1);
  CHECK(machine.indexed(0x3d4, 0x0f) == 0);
}

}  // namespace
}  // namespace minivmm
