// The tablet (virtio 1.2, 5.8).

#include "devices/virtio/virtio_tablet.h"

#include <linux/input-event-codes.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <string>
#include <vector>

#include "support/driver_queue.h"
#include "support/virtio_fakes.h"

namespace minivmm::virtio {

bool operator==(const InputEvent& a, const InputEvent& b) {
  return a.type == b.type && a.code == b.code && a.value == b.value;
}

namespace {

using test::DriverQueue;
using test::DriverRam;
using test::FakeTransport;
using test::readable;
using test::writable;

struct Guest {
  void start() {
    tablet.activate(transport, 0);
    tablet.start_queue(0, events.config());
    tablet.start_queue(1, status.config());
  }

  void give_buffers(unsigned count, std::uint32_t size = sizeof(InputEvent)) {
    for (unsigned i = 0; i < count; ++i) {
      const GuestAddress buffer = ram.allocate(sizeof(InputEvent));
      const std::uint16_t head = events.add({writable(buffer, size)});
      at_head.resize(std::max<std::size_t>(at_head.size(), head + 1u));
      at_head[head] = buffer;
    }
    events.offer();
    tablet.notify(0);
  }

  std::vector<InputEvent> heard() {
    std::vector<InputEvent> all;
    while (const auto used = events.take()) {
      CHECK(used->written == sizeof(InputEvent));
      all.push_back(ram.load<InputEvent>(at_head.at(used->head)));
    }
    return all;
  }

  std::vector<std::byte> ask(InputQuestion question, std::uint8_t subselect = 0) {
    const std::array<std::byte, 2> select{std::byte{static_cast<std::uint8_t>(question)},
                                          std::byte{subselect}};
    tablet.write_config(0, std::span(select).first(1));
    tablet.write_config(1, std::span(select).last(1));
    const auto config = tablet.config();
    const auto size = std::to_integer<std::size_t>(config[offsetof(InputConfig, size)]);
    const auto answer = config.subspan(offsetof(InputConfig, answer), size);
    return {answer.begin(), answer.end()};
  }

  DriverRam ram{};
  VirtioTablet tablet{ram.memory()};
  FakeTransport transport{};
  DriverQueue events{ram, 16};
  DriverQueue status{ram, 16};
  std::vector<GuestAddress> at_head{};
};

constexpr InputEvent kEnd{EV_SYN, SYN_REPORT, 0};

TEST_CASE("a position is told as one report, and only what changed") {
  Guest guest;
  guest.start();
  guest.give_buffers(16);

  guest.tablet.point({.x = 100, .y = 200});
  guest.tablet.point({.x = 100, .y = 300});

  CHECK(guest.heard() ==
        std::vector<InputEvent>{
            {EV_ABS, ABS_X, 100}, {EV_ABS, ABS_Y, 200}, kEnd, {EV_ABS, ABS_Y, 300}, kEnd});
  CHECK(guest.transport.interrupts == std::vector<std::uint16_t>{0, 0});
}

TEST_CASE("each button and both wheels have their codes") {
  Guest guest;
  guest.start();
  guest.give_buffers(16);

  guest.tablet.button(PointerButton::kExtra, Press::kDown);
  guest.tablet.wheel(-2, 1);
  guest.tablet.button(PointerButton::kExtra, Press::kUp);

  CHECK(guest.heard() ==
        std::vector<InputEvent>{{EV_KEY, BTN_EXTRA, 1},
                                kEnd,
                                {EV_REL, REL_WHEEL, static_cast<std::uint32_t>(-2)},
                                {EV_REL, REL_HWHEEL, 1},
                                kEnd,
                                {EV_KEY, BTN_EXTRA, 0},
                                kEnd});
}

TEST_CASE("what happens while there are no buffers is told later, as it is then") {
  Guest guest;
  guest.start();
  guest.give_buffers(2);

  guest.tablet.point({.x = 1, .y = 1});
  guest.tablet.button(PointerButton::kLeft, Press::kDown);
  guest.tablet.point({.x = 9, .y = 1});
  CHECK(guest.heard().empty());
  guest.give_buffers(2);

  CHECK(guest.heard() == std::vector<InputEvent>{
                             {EV_ABS, ABS_X, 9}, {EV_ABS, ABS_Y, 1}, {EV_KEY, BTN_LEFT, 1}, kEnd});
}

TEST_CASE("a driver that starts late hears what is, not what was") {
  Guest guest;
  guest.tablet.point({.x = 5, .y = 0});
  guest.tablet.button(PointerButton::kLeft, Press::kDown);
  guest.tablet.button(PointerButton::kLeft, Press::kUp);

  guest.start();
  guest.give_buffers(4);

  CHECK(guest.heard() == std::vector<InputEvent>{{EV_ABS, ABS_X, 5}, kEnd});
}

TEST_CASE("a tablet that lost its person holds no button") {
  Guest guest;
  guest.start();
  guest.give_buffers(8);
  guest.tablet.button(PointerButton::kRight, Press::kDown);
  guest.tablet.release_all();
  CHECK(guest.heard() ==
        std::vector<InputEvent>{{EV_KEY, BTN_RIGHT, 1}, kEnd, {EV_KEY, BTN_RIGHT, 0}, kEnd});
}

TEST_CASE("a wheel that turns for ever while nobody listens has an end") {
  Guest guest;
  guest.start();
  for (int turn = 0; turn < 1000; ++turn) guest.tablet.wheel(2'000'000'000, 0);
  guest.give_buffers(4);
  CHECK(guest.heard() == std::vector<InputEvent>{{EV_REL, REL_WHEEL, 127}, kEnd});
}

TEST_CASE("it is listened to from its queue's start to the reset, and says so") {
  Guest guest;
  std::vector<bool> said;
  guest.tablet.when_listened_to([&] { said.push_back(guest.tablet.listened_to()); });

  guest.start();
  guest.tablet.reset();

  CHECK(said.front());
  CHECK_FALSE(said.back());
  guest.tablet.point({.x = 7, .y = 7});
  CHECK(guest.transport.interrupts.empty());
}

TEST_CASE("the driver learns what the device is") {
  Guest guest;
  const auto name = guest.ask(InputQuestion::kName);
  CHECK(std::string(reinterpret_cast<const char*>(name.data()), name.size()) == "minivmm tablet");
  CHECK(guest.ask(InputQuestion::kDeviceIds).size() == sizeof(InputIds));
  CHECK(guest.ask(InputQuestion::kEventBits, EV_ABS) == std::vector{std::byte{3}});
  CHECK(guest.ask(InputQuestion::kEventBits, EV_REL) == std::vector{std::byte{0x40}, std::byte{1}});
  const auto keys = guest.ask(InputQuestion::kEventBits, EV_KEY);
  REQUIRE(keys.size() == BTN_EXTRA / 8 + 1);
  CHECK(keys.back() == std::byte{0x1f});
  InputAxis axis;
  const auto answer = guest.ask(InputQuestion::kAxis, ABS_Y);
  REQUIRE(answer.size() == sizeof(axis));
  std::memcpy(&axis, answer.data(), sizeof(axis));
  CHECK(axis.max == 32767);
}

TEST_CASE("a question that it has no answer to has size 0") {
  Guest guest;
  CHECK_FALSE(guest.ask(InputQuestion::kName).empty());
  CHECK(guest.ask(InputQuestion::kSerial).empty());
  CHECK(guest.ask(InputQuestion::kAxis, ABS_Z).empty());
  CHECK(guest.ask(InputQuestion::kEventBits, EV_LED).empty());
  CHECK(guest.ask(InputQuestion{0xff}, 0xff).empty());
}

TEST_CASE("only select and subsel can be written") {
  Guest guest;
  const std::vector<std::byte> ones(256, std::byte{0xff});
  guest.tablet.write_config(2, ones);
  guest.tablet.write_config(~0ull - 3, ones);
  const auto config = guest.tablet.config();
  CHECK(config.size() == sizeof(InputConfig));
  CHECK(config[offsetof(InputConfig, size)] == std::byte{0});
}

TEST_CASE("what the driver says is taken and given back") {
  Guest guest;
  guest.start();
  guest.status.add({readable(guest.ram.allocate(8), 8)});
  guest.status.offer();
  guest.tablet.notify(1);
  CHECK(guest.status.take()->written == 0);
}

TEST_CASE("a buffer that is too small for an event gets as much as fits") {
  Guest guest;
  guest.start();
  guest.give_buffers(4, 3);
  guest.tablet.wheel(1, 0);
  CHECK(guest.events.take()->written == 3);
}

TEST_CASE("a broken queue of the tablet asks for a reset, and nobody listens any more") {
  Guest guest;
  guest.start();
  guest.events.make_available(99);
  guest.events.offer();
  guest.tablet.wheel(1, 0);
  CHECK_FALSE(guest.transport.reason.empty());
  CHECK_FALSE(guest.tablet.listened_to());
}

}  // namespace
}  // namespace minivmm::virtio
