// The balloon and free page reporting (virtio 1.2, 5.5).

#include "devices/virtio/virtio_balloon.h"

#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

#include "support/driver_queue.h"
#include "support/virtio_fakes.h"

namespace minivmm::virtio {
namespace {

using test::DriverQueue;
using test::DriverRam;
using test::FakeTransport;
using test::readable;
using test::writable;

constexpr std::uint64_t kAll = kBalloonFeatureStats | kBalloonFeatureReporting |
                               kBalloonFeaturePagePoison | kBalloonFeatureDeflateOnOom;

struct Piece {
  std::uint64_t start = 0;  // In guest memory.
  std::uint64_t size = 0;
  friend bool operator==(const Piece&, const Piece&) = default;
};

struct Machine {
  explicit Machine(std::uint64_t features = kAll) {
    balloon.activate(transport, features);
    for (std::uint16_t i = 0; i < kBalloonQueues; ++i)
      balloon.start_queue(i, queues.at(i).config());
  }

  // Where in guest memory the bytes are, the regions being neighbours there but not on the host.
  void record(std::span<std::byte> bytes) {
    for (const MemoryRegion& region : ram.memory().regions()) {
      if (bytes.data() < region.host || bytes.data() >= region.host + region.range.size) continue;
      const auto offset = static_cast<std::uint64_t>(bytes.data() - region.host);
      given_back.push_back({region.range.start.value + offset, bytes.size()});
    }
  }
  void name_pages(std::uint16_t queue, const std::vector<std::uint32_t>& pages) {
    const auto bytes = static_cast<std::uint32_t>(pages.size() * 4);
    const GuestAddress list = ram.allocate(bytes);
    ram.put(list, std::as_bytes(std::span(pages)));
    queues.at(queue).add({readable(list, bytes)});
    queues.at(queue).offer();
    balloon.notify(queue);
  }
  void write_config(std::size_t offset, std::uint32_t value) {
    balloon.write_config(offset, std::as_bytes(std::span(&value, 1)));
  }
  [[nodiscard]] BalloonConfig config() const {
    BalloonConfig config;
    std::memcpy(&config, balloon.config().data(), sizeof(config));
    return config;
  }

  DriverRam ram{};
  FakeTransport transport{};
  std::vector<Piece> given_back{};
  VirtioBalloon balloon{ram.memory(), [this](std::span<std::byte> bytes) { record(bytes); }};
  std::array<DriverQueue, kBalloonQueues> queues{DriverQueue{ram, 32}, DriverQueue{ram, 32},
                                                 DriverQueue{ram, 32}, DriverQueue{ram, 32},
                                                 DriverQueue{ram, 32}};
};

TEST_CASE("pages put into the balloon are given back, neighbours together") {
  Machine guest;
  guest.name_pages(kBalloonInflate, {0x42, 0x40, 0x41, 0x80});
  CHECK(guest.given_back == std::vector<Piece>{{0x40000, 0x3000}, {0x80000, 0x1000}});
  CHECK(guest.queues[kBalloonInflate].take());
  CHECK(guest.transport.interrupts == std::vector<std::uint16_t>{kBalloonInflate});
}

TEST_CASE("a page named twice is given back once") {
  Machine guest;
  guest.name_pages(kBalloonInflate, {0x40, 0x40, 0x41});
  CHECK(guest.given_back == std::vector<Piece>{{0x40000, 0x2000}});
}

TEST_CASE("pages that are no memory are passed over") {
  Machine guest;
  const auto end =
      static_cast<std::uint32_t>((DriverRam::kFirstSize + DriverRam::kSecondSize) >> 12);
  guest.name_pages(kBalloonInflate, {end - 1, end, 0x000f'ffff, 0xffff'ffff});
  CHECK(guest.given_back == std::vector<Piece>{{(end - 1) * 0x1000ull, 0x1000}});
  CHECK(guest.queues[kBalloonInflate].take());
  CHECK(guest.transport.reason.empty());
}

TEST_CASE("neighbours in two regions are given back each where it is") {
  Machine guest;
  const auto border = static_cast<std::uint32_t>(DriverRam::kFirstSize >> 12);
  guest.name_pages(kBalloonInflate, {border - 1, border});
  CHECK(guest.given_back ==
        std::vector<Piece>{{(border - 1) * 0x1000ull, 0x1000}, {border * 0x1000ull, 0x1000}});
}

TEST_CASE("pages taken out of the balloon are answered, and nothing is done to them") {
  Machine guest;
  guest.name_pages(kBalloonDeflate, {0x40});
  CHECK(guest.given_back.empty());
  CHECK(guest.queues[kBalloonDeflate].take());
}

TEST_CASE("half a page number is none") {
  Machine guest;
  guest.queues[kBalloonInflate].add({readable(guest.ram.allocate(3), 3)});
  guest.queues[kBalloonInflate].offer();
  guest.balloon.notify(kBalloonInflate);
  CHECK(guest.given_back.empty());
  CHECK(guest.queues[kBalloonInflate].take());
}

TEST_CASE("free pages that are reported are given back, by the queue of any driver") {
  // 5.5.2's number, and the place where drivers that count only what they use put it.
  const std::uint16_t queue = GENERATE(kBalloonReporting, kBalloonFreePage);
  Machine guest;
  guest.queues.at(queue).add({writable({0x40000}, 0x4000), writable({0x80000}, 0x2000)});
  guest.queues.at(queue).offer();
  guest.balloon.notify(queue);
  CHECK(guest.given_back == std::vector<Piece>{{0x40000, 0x4000}, {0x80000, 0x2000}});
  CHECK(guest.queues.at(queue).take()->written == 0);
  CHECK(guest.balloon.status().given_back == 0x6000);
}

TEST_CASE("without statistics their queue reports free pages") {
  Machine guest(kBalloonFeatureReporting);
  guest.queues[kBalloonStats].add({writable({0x40000}, 0x1000)});
  guest.queues[kBalloonStats].offer();
  guest.balloon.notify(kBalloonStats);
  CHECK(guest.given_back.size() == 1);
  CHECK(guest.queues[kBalloonStats].take());
}

TEST_CASE("nothing is given back for a driver that did not agree to report") {
  Machine guest(kBalloonFeatureStats);
  guest.queues[kBalloonReporting].add({writable({0x40000}, 0x1000)});
  guest.queues[kBalloonReporting].offer();
  guest.balloon.notify(kBalloonReporting);
  CHECK(guest.given_back.empty());
  CHECK(guest.queues[kBalloonReporting].take());
}

TEST_CASE("free pages that must keep a pattern stay") {
  Machine guest;
  guest.write_config(offsetof(BalloonConfig, poison_val), 0xaaaaaaaa);
  guest.queues[kBalloonReporting].add({writable({0x40000}, 0x1000)});
  guest.queues[kBalloonReporting].offer();
  guest.balloon.notify(kBalloonReporting);
  CHECK(guest.given_back.empty());
  CHECK(guest.queues[kBalloonReporting].take());
}

TEST_CASE("a reported page outside of memory breaks the queue, and is not touched") {
  Machine guest;
  guest.queues[kBalloonReporting].add({writable({0x7000'0000}, 0x1000)});
  guest.queues[kBalloonReporting].offer();
  guest.balloon.notify(kBalloonReporting);
  CHECK(guest.given_back.empty());
  CHECK_FALSE(guest.transport.reason.empty());
}

TEST_CASE("the driver is told of a target, and says how far it got") {
  Machine guest;
  guest.balloon.set_target(0x5fff);
  CHECK(guest.config().num_pages == 5);
  CHECK(guest.transport.config_changes == 1);
  guest.write_config(offsetof(BalloonConfig, actual), 3);
  CHECK(guest.balloon.status().target == 0x5000);
  CHECK(guest.balloon.status().inflated == 0x3000);
}

TEST_CASE("a target is never more than the guest has, and telling it twice is telling it once") {
  Machine guest;
  guest.balloon.set_target(~0ull);
  guest.balloon.set_target(~0ull);
  CHECK(guest.config().num_pages == (DriverRam::kFirstSize + DriverRam::kSecondSize) >> 12);
  CHECK(guest.transport.config_changes == 1);
}

TEST_CASE("the driver cannot write what the host wants") {
  Machine guest;
  guest.balloon.set_target(0x5000);
  guest.write_config(offsetof(BalloonConfig, num_pages), 77);
  const std::array<std::byte, 8> beyond{};
  guest.balloon.write_config(sizeof(BalloonConfig), beyond);
  guest.balloon.write_config(~0ull - 2, beyond);
  CHECK(guest.config().num_pages == 5);
}

TEST_CASE("a target outlives the driver") {
  Machine guest;
  guest.balloon.set_target(0x5000);
  guest.write_config(offsetof(BalloonConfig, actual), 3);
  guest.balloon.reset();
  CHECK(guest.config().num_pages == 5);
  CHECK(guest.config().actual == 0);
  CHECK_FALSE(guest.balloon.status().has_driver);
}

TEST_CASE("statistics are kept by name until they are asked for again") {
  Machine guest;
  // Tags 4 and 5 are MEMFREE and MEMTOT; nobody knows 999.
  std::array<std::byte, 3 * kBalloonStatSize> said{};
  const auto put = [&](std::size_t at, std::uint16_t tag, std::uint64_t value) {
    std::memcpy(said.data() + at * kBalloonStatSize, &tag, sizeof(tag));
    std::memcpy(said.data() + at * kBalloonStatSize + sizeof(tag), &value, sizeof(value));
  };
  put(0, 4, 1000);
  put(1, 5, 2000);
  put(2, 999, 3000);
  const GuestAddress buffer = guest.ram.allocate(said.size());
  guest.ram.put(buffer, said);
  guest.queues[kBalloonStats].add({readable(buffer, said.size())});
  guest.queues[kBalloonStats].offer();
  guest.balloon.notify(kBalloonStats);

  const BalloonStatus status = guest.balloon.status();
  REQUIRE(status.stats.size() == 2);
  CHECK(status.stats[0].name == "MEMFREE");
  CHECK(status.stats[0].value == 1000);
  CHECK(status.stats[1].name == "MEMTOT");
  CHECK_FALSE(guest.queues[kBalloonStats].take());

  guest.balloon.ask_for_stats();
  CHECK(guest.queues[kBalloonStats].take());
  guest.balloon.ask_for_stats();
  CHECK_FALSE(guest.queues[kBalloonStats].take());
}

TEST_CASE("ringing for queues that are not there, or before they are, does nothing") {
  Machine guest;
  guest.balloon.notify(kBalloonQueues);
  guest.balloon.reset();
  guest.balloon.notify(kBalloonInflate);
  guest.balloon.ask_for_stats();
  CHECK(guest.transport.interrupts.empty());
}

TEST_CASE("the balloon shows its registers by name") {
  Machine guest;
  guest.balloon.set_target(0x5000);
  CHECK(guest.balloon.config_field(0) == "num_pages");
  CHECK(guest.balloon.config_field(13) == "poison_val");
  CHECK(guest.balloon.config_field(16).empty());
  CHECK(guest.balloon.registers().front().name == "num_pages");
  CHECK(guest.balloon.registers().front().value == 5);
}

}  // namespace
}  // namespace minivmm::virtio
