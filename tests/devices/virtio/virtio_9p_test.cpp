// The device that carries messages to a server of files.

#include "devices/virtio/virtio_9p.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "support/driver_queue.h"
#include "support/virtio_fakes.h"

namespace minivmm::virtio {
namespace {

using test::DriverQueue;
using test::DriverRam;
using test::FakeTransport;
using test::readable;
using test::writable;

/// Answers a message by itself, backwards.
class Mirror final : public MessageServer {
 public:
  std::size_t answer(std::span<const std::byte> request, std::span<std::byte> reply) override {
    if (meanwhile) meanwhile();
    const std::size_t size = std::min(request.size(), reply.size());
    std::reverse_copy(request.end() - static_cast<std::ptrdiff_t>(size), request.end(),
                      reply.begin());
    return size;
  }
  void forget_client() override { ++forgotten; }
  [[nodiscard]] std::size_t largest_message() const override { return 16; }

  std::function<void()> meanwhile{};
  unsigned forgotten = 0;
};

struct Machine {
  Machine() { start(); }
  void start() {
    device.activate(transport, 0);
    device.start_queue(0, queue->config());
  }
  void start_again() {
    queue.emplace(ram, std::uint16_t{16});
    start();
  }
  GuestAddress ask(std::string_view text, std::uint32_t room) {
    const auto size = static_cast<std::uint32_t>(text.size());
    const GuestAddress from = ram.allocate(size);
    const GuestAddress to = ram.allocate(room);
    ram.put(from, std::as_bytes(std::span(text)));
    queue->add({readable(from, 1), readable(from + 1, size - 1), writable(to, 2),
                writable(to + 2, room - 2)});
    queue->offer();
    return to;
  }
  [[nodiscard]] std::string read(GuestAddress address, std::uint32_t bytes) const {
    std::string text;
    for (const std::byte byte : ram.bytes(address, bytes)) text += static_cast<char>(byte);
    return text;
  }

  DriverRam ram{};
  FakeTransport transport{};
  std::mutex lock;
  Mirror server{};
  Virtio9p device{ram.memory(), server, "files"};
  std::optional<DriverQueue> queue{std::in_place, ram, std::uint16_t{16}};
};

TEST_CASE("a message reaches the server, and its answer the guest") {
  Machine guest;
  const GuestAddress to = guest.ask("abcdef", 8);
  CHECK_FALSE(guest.device.serve(guest.lock));
  CHECK(guest.read(to, 6) == "fedcba");
  CHECK(guest.queue->take()->written == 6);
  CHECK(guest.transport.interrupts == std::vector<std::uint16_t>{0});
  CHECK(guest.device.answered(0) == 1);
}

TEST_CASE("a guest finds its folder by the tag") {
  Machine guest;
  const auto config = guest.device.config();
  REQUIRE(config.size() == 7);
  CHECK(config[0] == std::byte{5});
  CHECK(config[2] == std::byte{'f'});
  CHECK(guest.device.config_field(0) == "tag_len");
  CHECK(guest.device.config_field(2) == "tag");
}

TEST_CASE("a message larger than the server takes is cut") {
  Machine guest;
  guest.ask(std::string(100, 'x'), 100);
  CHECK_FALSE(guest.device.serve(guest.lock));
  CHECK(guest.queue->take()->written == 16);
}

TEST_CASE("the server hears of each new client before its first message") {
  Machine guest;
  guest.ask("ab", 8);
  guest.ask("cd", 8);
  CHECK_FALSE(guest.device.serve(guest.lock));
  CHECK(guest.server.forgotten == 1);
  guest.device.reset();
  guest.start_again();
  guest.ask("ef", 8);
  CHECK_FALSE(guest.device.serve(guest.lock));
  CHECK(guest.server.forgotten == 2);
}

TEST_CASE("while the server is slow no lock is held, and a reset leaves the guest's memory alone") {
  Machine guest;
  const GuestAddress to = guest.ask("abcdef", 8);
  guest.server.meanwhile = [&] {
    const std::unique_lock held(guest.lock, std::try_to_lock);
    CHECK(held.owns_lock());
    CHECK_FALSE(guest.device.idle());
    guest.device.reset();
  };
  CHECK_FALSE(guest.device.serve(guest.lock));
  CHECK(guest.device.idle());
  CHECK_FALSE(guest.queue->take());
  CHECK(guest.ram.load<std::uint8_t>(to) == 0xa5);
}

TEST_CASE("a broken queue of a shared folder asks for a reset") {
  Machine guest;
  guest.queue->make_available(99);
  guest.queue->offer();
  CHECK_FALSE(guest.device.serve(guest.lock));
  CHECK_FALSE(guest.transport.reason.empty());
}

}  // namespace
}  // namespace minivmm::virtio
