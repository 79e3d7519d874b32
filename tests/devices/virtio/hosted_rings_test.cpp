// A network card whose network works on the rings itself.

#include <algorithm>
#include <catch2/catch.hpp>
#include <mutex>
#include <vector>

#include "devices/virtio/net_layout.h"
#include "devices/virtio/virtio_net.h"
#include "devices/virtio/virtqueue_layout.h"
#include "host/log.h"
#include "support/driver_queue.h"
#include "support/fake_network.h"
#include "support/fake_rings.h"
#include "support/virtio_fakes.h"

namespace minivmm::virtio {
namespace {

using test::DriverQueue;
using test::DriverRam;
using test::FakeNetwork;
using test::FakeRings;
using test::FakeTransport;

constexpr NetOffloads kAll{.checksum = true, .tso4 = true, .tso6 = true, .ecn = true, .ufo = true};

NetInfo network_with_offloads() {
  NetInfo info;
  info.queue_pairs = 2;
  info.to_guest = kAll;
  return info;
}

struct NoObserver final : RequestObserver {
  void on_request(const RequestRecord& /*record*/) override {}
  void on_work(Time /*from*/, Time /*until*/, unsigned /*taken*/, unsigned /*answered*/) override {}
};

/// A driver of two pairs of queues.
struct Machine {
  explicit Machine(RequestObserver* onlooker = nullptr)
      : network(network_with_offloads(), &rings),
        card(ram.memory(), network, {.mac = {2}, .queue_pairs = 2}, onlooker) {
    log::set_level(log::Level::kOff);
  }

  void start() {
    card.activate(transport, card.traits().features);
    for (std::uint16_t i = 0; i < 4; ++i) {
      queues[i].config().doorbell = 100 + i;
      card.start_queue(i, queues[i].config());
    }
    card.start_queue(4, queues[4].config());
  }
  void serve() { card.serve(lock, NetBackend::Wait::kNo); }
  /// As the network does it: one more answer on the used ring.
  void use(unsigned queue) {
    const GuestAddress index = queues[queue].config().used + kRingIndex;
    ram.store(index, static_cast<std::uint16_t>(ram.load<std::uint16_t>(index) + 1));
  }

  DriverRam ram{};
  FakeRings rings{};
  FakeNetwork network;
  VirtioNet card;
  FakeTransport transport{};
  std::mutex lock{};
  std::vector<DriverQueue> queues = {{ram, 16}, {ram, 16}, {ram, 16}, {ram, 16}, {ram, 16}};
};

TEST_CASE("a network that works on rings gets those of each pair, with their doorbells") {
  Machine guest;
  guest.start();

  REQUIRE(guest.rings.started.size() == 4);
  CHECK(guest.rings.features == guest.card.traits().features);
  CHECK(guest.rings.to_guest == kAll);
  const NetRing& ring = guest.rings.started.at(3);
  CHECK(ring.pair == 1);
  CHECK(ring.transmit);
  CHECK(ring.size == 16);
  CHECK(ring.doorbell == 103);
  const auto used = guest.ram.memory().at(guest.queues[3].config().used, 2);
  CHECK(ring.used == used->data());
}

TEST_CASE("a card keeps its hands, and ears, off rings that the network works on") {
  Machine guest;
  guest.start();
  const GuestAddress at = guest.ram.allocate(100);
  guest.queues[1].add({test::readable(at, 100)});
  guest.queues[1].offer();
  guest.network.arrive(std::vector<std::byte>(60));

  guest.serve();

  CHECK(guest.network.sent.empty());
  CHECK(guest.network.waiting[0].size() == 1);
  REQUIRE(guest.network.wants.size() == 2);
  CHECK_FALSE(guest.network.wants[0].doorbells);
  CHECK_FALSE(guest.network.wants[0].receive);
}

TEST_CASE("a ring that the network refuses is worked on by the card") {
  Machine guest;
  guest.rings.refused = 1;
  guest.start();
  const GuestAddress at = guest.ram.allocate(100);
  guest.ram.store(at, NetHeader{});
  guest.queues[1].add({test::readable(at, 100)});
  guest.queues[1].offer();

  guest.serve();

  CHECK(guest.network.sent.size() == 1);
  CHECK(guest.network.wants[0].doorbells);
}

TEST_CASE("a network that refuses a driver leaves all to the card") {
  Machine guest;
  guest.rings.begins = false;
  guest.start();

  guest.serve();

  CHECK(guest.rings.started.empty());
  CHECK(guest.network.wants[0].doorbells);
}

TEST_CASE("a queue that is malformed never reaches the network") {
  Machine guest;
  guest.queues[0].config().used = {0xffff'ffff'0000};
  guest.start();

  CHECK(guest.rings.started.size() == 3);
  CHECK_FALSE(guest.transport.reason.empty());
}

TEST_CASE("an interrupt goes past the card where there is a way") {
  Machine guest;
  guest.transport.direct = 77;
  guest.start();

  CHECK(guest.rings.started.at(0).interrupt == 77);
  guest.use(0);
  guest.serve();
  CHECK(guest.transport.interrupts.empty());
}

TEST_CASE("where there is none, the card passes on who was answered") {
  Machine guest;
  guest.start();
  guest.use(2);

  guest.serve();
  guest.serve();

  CHECK(guest.transport.interrupts == std::vector<std::uint16_t>{2});
}

TEST_CASE("a way that opens is taken, and nothing that came before is lost") {
  Machine guest;
  guest.start();
  guest.use(0);

  guest.transport.direct = 77;
  guest.card.interrupts_moved();

  CHECK(guest.rings.started.at(0).interrupt == 77);
  CHECK(std::ranges::count(guest.transport.interrupts, 0) == 1);
}

TEST_CASE("a way that closes leads to the card's thread again") {
  Machine guest;
  guest.transport.direct = 77;
  guest.start();
  guest.use(0);

  guest.transport.direct = -1;
  guest.card.interrupts_moved();
  guest.serve();
  CHECK(guest.transport.interrupts.empty());  // The vCPUs heard of that one.
  guest.use(0);
  guest.serve();

  CHECK(guest.transport.interrupts == std::vector<std::uint16_t>{0});
}

TEST_CASE("a reset takes the rings back, and the next driver's are given again") {
  Machine guest;
  guest.start();

  guest.card.reset();
  CHECK(guest.rings.started.empty());
  CHECK(guest.card.idle());
  guest.serve();
  CHECK(guest.network.wants[0].doorbells);

  guest.start();
  CHECK(guest.rings.started.size() == 4);
}

TEST_CASE("a ring that the network finds broken is one for the driver to reset") {
  Machine guest;
  guest.start();
  guest.rings.faulty = true;

  guest.serve();

  CHECK_FALSE(guest.transport.reason.empty());
}

TEST_CASE("what a network answered by itself is counted") {
  Machine guest;
  guest.start();
  guest.use(1);

  CHECK(guest.card.answered(1) == 1);
}

TEST_CASE("a card that somebody looks on at has no rings to give away") {
  NoObserver onlooker;
  Machine guest(&onlooker);
  guest.start();

  CHECK(guest.rings.started.empty());
}

}  // namespace
}  // namespace minivmm::virtio
