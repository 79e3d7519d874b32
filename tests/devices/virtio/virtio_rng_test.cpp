// The entropy device (virtio 1.2, 5.4).

#include "devices/virtio/virtio_rng.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>

#include "support/driver_queue.h"
#include "support/virtio_fakes.h"

namespace minivmm::virtio {
namespace {

using test::DriverQueue;
using test::DriverRam;
using test::FakeTransport;
using test::readable;
using test::writable;

struct Machine {
  Machine() {
    rng.activate(transport, 0);
    rng.start_queue(0, queue.config());
  }

  DriverRam ram{};
  VirtioRng rng{ram.memory(), [](std::span<std::byte> bytes) {
                  std::fill(bytes.begin(), bytes.end(), std::byte{0x42});
                }};
  FakeTransport transport{};
  DriverQueue queue{ram, 16};
};

TEST_CASE("a driver's buffers are filled when it rings") {
  Machine guest;
  const auto buffer = guest.ram.allocate(64);
  guest.queue.add({writable(buffer, 10), writable(buffer + 32, 6)});
  guest.queue.offer();

  guest.rng.notify(0);

  CHECK(guest.queue.take()->written == 16);
  CHECK(guest.ram.load<std::uint8_t>(buffer + 9) == 0x42);
  CHECK(guest.ram.load<std::uint8_t>(buffer + 10) == 0xa5);
  CHECK(guest.ram.load<std::uint8_t>(buffer + 37) == 0x42);
  CHECK(guest.transport.interrupts == std::vector<std::uint16_t>{0});
}

TEST_CASE("a buffer that is large is filled in part") {
  Machine guest;
  guest.queue.add({writable(guest.ram.allocate(8192), 8192)});
  guest.queue.offer();
  guest.rng.notify(0);
  CHECK(guest.queue.take()->written == 4096);
}

TEST_CASE("a chain with nothing to write to is given back empty") {
  Machine guest;
  guest.queue.add({readable(guest.ram.allocate(8), 8)});
  guest.queue.offer();
  guest.rng.notify(0);
  CHECK(guest.queue.take()->written == 0);
}

TEST_CASE("ringing for nothing, or for a queue that isn't there, does nothing") {
  Machine guest;
  guest.rng.notify(0);
  guest.rng.notify(1);
  guest.rng.reset();
  guest.rng.notify(0);
  CHECK(guest.transport.interrupts.empty());
}

TEST_CASE("a broken queue of the entropy device asks for a reset") {
  Machine guest;
  guest.queue.make_available(99);
  guest.queue.offer();
  guest.rng.notify(0);
  CHECK_FALSE(guest.transport.reason.empty());
}

TEST_CASE("the host's random numbers are not all the same") {
  std::array<std::byte, 64> bytes{};
  host_entropy(bytes);
  CHECK(std::count(bytes.begin(), bytes.end(), std::byte{0}) < 64);
}

}  // namespace
}  // namespace minivmm::virtio
