// The console (virtio 1.2, 5.3).

#include "devices/virtio/virtio_console.h"

#include <array>
#include <catch2/catch.hpp>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "support/driver_queue.h"
#include "support/fake_char_backend.h"
#include "support/virtio_fakes.h"

namespace minivmm::virtio {
namespace {

using test::DriverQueue;
using test::DriverRam;
using test::FakeCharBackend;
using test::FakeTransport;
using test::readable;
using test::writable;

constexpr std::uint16_t kReceive = 0;
constexpr std::uint16_t kTransmit = 1;

/// A reader during whose slowness something happens.
class SlowReader final : public CharBackend {
 public:
  void send(std::span<const std::byte> bytes) override {
    if (meanwhile) meanwhile();
    sent += bytes.size();
  }
  void set_receiver(Receiver /*receiver*/) override {}
  void resume() override {}

  std::function<void()> meanwhile{};
  std::size_t sent = 0;
};

struct Machine {
  explicit Machine(CharBackend& line) : console(ram.memory(), line, VirtioConsole::Size::kKnown) {}

  void start() {
    console.activate(transport, 0);
    for (std::uint16_t i = 0; i < 2; ++i) console.start_queue(i, queues.at(i).config());
  }
  void say(std::string_view text) {
    const GuestAddress buffer = ram.allocate(text.size());
    ram.put(buffer, std::as_bytes(std::span(text)));
    queues[kTransmit].add({readable(buffer, static_cast<std::uint32_t>(text.size()))});
    queues[kTransmit].offer();
  }
  GuestAddress offer_room(std::uint32_t bytes) {
    const GuestAddress buffer = ram.allocate(bytes);
    queues[kReceive].add({writable(buffer, bytes)});
    queues[kReceive].offer();
    return buffer;
  }
  std::size_t type(std::string_view text) {
    return console.receive(lock, std::as_bytes(std::span(text)));
  }
  [[nodiscard]] std::string read(GuestAddress address, std::uint32_t bytes) const {
    std::string text;
    for (const std::byte byte : ram.bytes(address, bytes)) text += static_cast<char>(byte);
    return text;
  }

  DriverRam ram{};
  FakeTransport transport{};
  std::mutex lock;
  VirtioConsole console;
  std::array<DriverQueue, 2> queues{DriverQueue{ram, 16}, DriverQueue{ram, 16}};
};

TEST_CASE("what the guest says reaches the line, in order") {
  FakeCharBackend line;
  Machine guest(line);
  guest.start();
  guest.say("hello, ");
  guest.say("world");
  CHECK_FALSE(guest.console.serve(guest.lock));
  CHECK(line.sent == "hello, world");
  CHECK(guest.queues[kTransmit].take()->written == 0);
  CHECK(guest.queues[kTransmit].take());
  CHECK(guest.transport.interrupts.size() == 2);
  CHECK(guest.console.answered(kTransmit) == 2);
}

TEST_CASE("a long buffer is sent whole") {
  FakeCharBackend line;
  Machine guest(line);
  guest.start();
  const std::string text(10'000, 'x');
  guest.say(text);
  CHECK_FALSE(guest.console.serve(guest.lock));
  CHECK(line.sent == text);
}

TEST_CASE("what is typed fills the guest's buffers") {
  FakeCharBackend line;
  Machine guest(line);
  guest.start();
  const GuestAddress first = guest.offer_room(4);
  const GuestAddress second = guest.offer_room(4);
  CHECK(guest.type("abcdef") == 6);
  CHECK(guest.read(first, 4) == "abcd");
  CHECK(guest.read(second, 2) == "ef");
  CHECK(guest.queues[kReceive].take()->written == 4);
  CHECK(guest.queues[kReceive].take()->written == 2);
  CHECK(guest.transport.interrupts == std::vector<std::uint16_t>{kReceive});
}

TEST_CASE("what has no room waits on the line until the guest offers some") {
  FakeCharBackend line;
  Machine guest(line);
  guest.start();
  guest.offer_room(2);
  CHECK(guest.type("abc") == 2);
  CHECK_FALSE(guest.console.serve(guest.lock));
  CHECK(line.resumed == 0);
  guest.offer_room(2);
  CHECK_FALSE(guest.console.serve(guest.lock));
  CHECK(line.resumed == 1);
  CHECK(guest.type("c") == 1);
  CHECK_FALSE(guest.console.serve(guest.lock));
  CHECK(line.resumed == 1);
}

TEST_CASE("what is typed before there is a driver waits for it") {
  FakeCharBackend line;
  Machine guest(line);
  CHECK(guest.type("abc") == 0);
  guest.start();
  guest.offer_room(8);
  CHECK_FALSE(guest.console.serve(guest.lock));
  CHECK(line.resumed == 1);
}

TEST_CASE("a slow reader holds the guest's buffer and no lock") {
  SlowReader line;
  Machine guest(line);
  guest.start();
  guest.say("hello");
  bool looked = false;
  line.meanwhile = [&] {
    const std::unique_lock held(guest.lock, std::try_to_lock);
    CHECK(held.owns_lock());
    CHECK_FALSE(guest.console.idle());
    CHECK_FALSE(guest.queues[kTransmit].take());
    looked = true;
  };
  CHECK_FALSE(guest.console.serve(guest.lock));
  CHECK(looked);
  CHECK(guest.console.idle());
  CHECK(guest.queues[kTransmit].take());
}

TEST_CASE("a driver that resets the console while a reader is slow gets no answer") {
  SlowReader line;
  Machine guest(line);
  guest.start();
  guest.say("hello");
  line.meanwhile = [&] { guest.console.reset(); };
  CHECK_FALSE(guest.console.serve(guest.lock));
  CHECK(guest.console.idle());
  CHECK_FALSE(guest.queues[kTransmit].take());
}

TEST_CASE("buffers without room are given back, and what was typed waits") {
  FakeCharBackend line;
  Machine guest(line);
  guest.start();
  guest.queues[kReceive].add({readable(guest.ram.allocate(4), 4)});
  guest.queues[kReceive].offer();
  CHECK(guest.type("a") == 0);
  CHECK(guest.queues[kReceive].take()->written == 0);
}

TEST_CASE("a broken queue of the console asks for a reset") {
  FakeCharBackend line;
  Machine guest(line);
  guest.start();
  const std::uint16_t queue = GENERATE(kReceive, kTransmit);
  guest.queues.at(queue).make_available(99);
  guest.queues.at(queue).offer();
  CHECK_FALSE(guest.console.serve(guest.lock));
  CHECK(guest.type("a") == 0);
  CHECK_FALSE(guest.transport.reason.empty());
}

TEST_CASE("the guest is told how large the terminal is, and when that changes") {
  FakeCharBackend line;
  Machine guest(line);
  guest.console.set_size(80, 24);
  guest.start();
  CHECK(guest.console.config()[0] == std::byte{80});
  CHECK(guest.console.config()[2] == std::byte{24});
  CHECK(guest.transport.config_changes == 0);
  guest.console.set_size(80, 24);
  CHECK(guest.transport.config_changes == 0);
  guest.console.set_size(132, 43);
  CHECK(guest.transport.config_changes == 1);
  CHECK(guest.console.config_field(0) == "cols");
  CHECK(guest.console.config_field(2) == "rows");
}

}  // namespace
}  // namespace minivmm::virtio
