// What a person does reaches the device that the guest listens to.

#include "machine/input_hub.h"

#include <linux/input-event-codes.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <mutex>

#include "bus/bus.h"
#include "support/driver_queue.h"
#include "support/ps2_machine.h"
#include "support/virtio_fakes.h"

namespace minivmm {
namespace {

struct Machine {
  Machine() { ps2.enable_all(); }

  void listen_to_tablet() {
    const std::lock_guard guard(function.lock());
    tablet.activate(transport, 0);
    tablet.start_queue(0, queue.config());
    for (int i = 0; i < 8; ++i) queue.add({test::writable(ram.allocate(8), 8)});
    queue.offer();
  }
  unsigned tablet_events() {
    unsigned count = 0;
    while (queue.take()) ++count;
    return count;
  }
  /// After the time that a mouse leaves between two packets.
  test::ByteList mouse_bytes() {
    ps2.time.advance(std::chrono::milliseconds(10));
    return ps2.read_all();
  }

  test::Ps2Machine ps2{};
  test::DriverRam ram{};
  test::DriverQueue queue{ram, 16};
  test::FakeTransport transport{};
  test::FakeMsiVectors msi{};
  virtio::VirtioTablet tablet{ram.memory()};
  Bus mmio{};
  virtio::VirtioPci function{{.mmio = &mmio, .ports = nullptr, .intx = nullptr}, msi, tablet};
  InputHub hub{ps2.chip, {.device = &tablet, .function = &function}};
};

TEST_CASE("A key goes to the PS/2 keyboard") {
  Machine machine;
  machine.hub.key({KEY_A}, Press::kDown);
  CHECK(machine.ps2.read_all() == test::ByteList{0x1c});
}

TEST_CASE("Clicks and wheels go to the mouse until the guest listens to the tablet") {
  Machine machine;
  machine.ps2.tell_mouse({0xf4});
  CHECK_FALSE(machine.hub.takes_positions());

  machine.hub.button(PointerButton::kLeft, Press::kDown);

  CHECK(machine.mouse_bytes() == test::ByteList{0x09, 0, 0});
  machine.listen_to_tablet();
  CHECK(machine.hub.takes_positions());
  machine.hub.button(PointerButton::kRight, Press::kDown);
  machine.hub.wheel(1, 0);
  CHECK(machine.mouse_bytes().empty());
  CHECK(machine.tablet_events() == 4);
}

TEST_CASE("A button that went down on the mouse goes up there, whoever is listened to by then") {
  Machine machine;
  machine.ps2.tell_mouse({0xf4});
  machine.hub.button(PointerButton::kLeft, Press::kDown);
  CHECK(machine.mouse_bytes() == test::ByteList{0x09, 0, 0});
  machine.listen_to_tablet();

  machine.hub.button(PointerButton::kLeft, Press::kUp);

  CHECK(machine.mouse_bytes() == test::ByteList{0x08, 0, 0});
}

TEST_CASE("Letting go of everything reaches all three") {
  Machine machine;
  machine.listen_to_tablet();
  machine.hub.key({KEY_A}, Press::kDown);
  machine.hub.button(PointerButton::kLeft, Press::kDown);
  CHECK(machine.ps2.read_all() == test::ByteList{0x1c});
  CHECK(machine.tablet_events() == 2);

  machine.hub.release_all();

  CHECK(machine.ps2.read_all() == test::ByteList{0xf0, 0x1c});
  CHECK(machine.tablet_events() == 2);
}

TEST_CASE("Lights, and who is listened to, are told when they change") {
  Machine machine;
  unsigned changes = 0;
  machine.hub.when_changed([&] { ++changes; });

  machine.ps2.tell_keyboard({0xed, 0x04});
  CHECK(changes == 1);
  CHECK(machine.hub.leds().caps_lock);
  machine.listen_to_tablet();
  CHECK(changes > 1);
}

TEST_CASE("A machine without a tablet takes no positions") {
  test::Ps2Machine ps2;
  InputHub hub(ps2.chip, {});
  hub.point({.x = 1, .y = 1});
  hub.release_all();
  CHECK_FALSE(hub.takes_positions());
}

}  // namespace
}  // namespace minivmm
