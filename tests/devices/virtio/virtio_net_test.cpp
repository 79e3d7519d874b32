// A network card, from its queues to its backend and back (virtio 1.2, 5.1).

#include "devices/virtio/virtio_net.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <numeric>
#include <vector>

#include "devices/virtio/features.h"
#include "devices/virtio/net_offer.h"
#include "host/log.h"
#include "support/driver_queue.h"
#include "support/fake_network.h"
#include "support/virtio_fakes.h"

namespace minivmm::virtio {
namespace {

using test::Buffer;
using test::DriverQueue;
using test::DriverRam;
using test::FakeNetwork;
using test::FakeTransport;
using test::readable;
using test::writable;
using Wait = NetBackend::Wait;

constexpr MacAddress kMac{0x52, 0x54, 0, 1, 2, 3};
constexpr NetOffloads kAll{.checksum = true, .tso4 = true, .tso6 = true, .ecn = true, .ufo = true};
constexpr std::uint32_t kHeader = sizeof(NetHeader);

NetInfo usual_network() {
  NetInfo info;
  info.queue_pairs = 2;
  info.from_guest = kAll;
  info.to_guest = kAll;
  info.mtu = 1500;
  return info;
}

std::vector<std::byte> frame_of(std::size_t size, unsigned seed = 1) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 7 + seed);
  return bytes;
}

/// A driver of a card with two pairs of queues, of which it uses the first unless it says so.
struct Machine {
  explicit Machine(std::uint64_t features = ~kNetMultiQueue, const NetInfo& info = usual_network())
      : network(info) {
    log::set_level(log::Level::kOff);
    start(features);
  }

  void start(std::uint64_t features) {
    card.activate(transport, features & card.traits().features);
    card.start_queue(0, receive.config());
    card.start_queue(1, transmit.config());
    const bool several = (features & kNetMultiQueue) != 0;
    if (several) {
      card.start_queue(2, second_receive.config());
      card.start_queue(3, second_transmit.config());
    }
    card.start_queue(several ? 4 : 2, control.config());
  }

  void send(const std::vector<std::byte>& frame, const NetHeader& header = {}) {
    const GuestAddress at = ram.allocate(kHeader + frame.size());
    ram.store(at, header);
    ram.put(at + kHeader, frame);
    transmit.add({readable(at, kHeader + static_cast<std::uint32_t>(frame.size()))});
    transmit.offer();
    serve();
  }
  /// Buffers to receive, each of that many bytes; the first one's address.
  GuestAddress give(DriverQueue& queue, unsigned count, std::uint32_t size) {
    GuestAddress first{};
    for (unsigned i = 0; i < count; ++i) {
      const GuestAddress at = ram.allocate(size);
      if (i == 0) first = at;
      queue.add({writable(at, size)});
    }
    queue.offer();
    return first;
  }
  /// The card's answer.
  int command(std::uint8_t type, std::uint8_t what, const std::vector<std::uint8_t>& data) {
    const GuestAddress at = ram.allocate(2 + data.size());
    const GuestAddress answer = ram.allocate(1);
    ram.store(at, NetCommandHeader{type, what});
    ram.put(at + 2, std::as_bytes(std::span(data)));
    control.add({readable(at, static_cast<std::uint32_t>(2 + data.size())), writable(answer, 1)});
    control.offer();
    serve();
    while (control.take()) {
    }
    return ram.load<std::uint8_t>(answer);
  }
  void serve() { card.serve(lock, Wait::kNo); }

  DriverRam ram{};
  FakeNetwork network;
  VirtioNet card{ram.memory(), network, {.mac = kMac, .queue_pairs = 2}};
  FakeTransport transport{};
  std::mutex lock{};
  DriverQueue receive{ram, 16}, transmit{ram, 16};
  DriverQueue second_receive{ram, 16}, second_transmit{ram, 16};
  DriverQueue control{ram, 16};
};

TEST_CASE("a frame that a driver sends goes to the network as it is") {
  Machine guest;

  guest.send(frame_of(60));

  REQUIRE(guest.network.sent.size() == 1);
  CHECK(guest.network.sent[0].bytes == frame_of(60));
  CHECK(guest.transmit.take()->written == 0);
  CHECK(guest.transport.interrupts == std::vector<std::uint16_t>{1});
  CHECK(guest.transport.reason.empty());
}

TEST_CASE("a frame may lie in as many pieces as the driver likes, cut anywhere") {
  Machine guest;
  const auto frame = frame_of(100);
  const GuestAddress at = guest.ram.allocate(kHeader + 100);
  guest.ram.store(at, NetHeader{});
  guest.ram.put(at + kHeader, frame);

  guest.transmit.add({readable(at, 5), readable(at + 5, 10), readable(at + 15, kHeader + 85)});
  guest.transmit.offer();
  guest.serve();

  REQUIRE(guest.network.sent.size() == 1);
  CHECK(guest.network.sent[0].bytes == frame);
}

TEST_CASE("a frame from the network is in the driver's buffer, behind its header") {
  Machine guest;
  const GuestAddress at = guest.give(guest.receive, 1, 1526);

  guest.network.arrive(frame_of(900));
  guest.serve();

  CHECK(guest.receive.take()->written == kHeader + 900);
  CHECK(guest.ram.load<NetHeader>(at).num_buffers == 1);
  CHECK(guest.ram.bytes(at + kHeader, 900) == frame_of(900));
  CHECK(guest.transport.interrupts == std::vector<std::uint16_t>{0});
}

TEST_CASE("a frame takes as many buffers as it needs where they can be merged") {
  Machine guest;
  const GuestAddress at = guest.give(guest.receive, 4, 112);

  guest.network.arrive(frame_of(250));
  guest.serve();

  CHECK(guest.ram.load<NetHeader>(at).num_buffers == 3);
  CHECK(guest.receive.take()->written == 112);
  CHECK(guest.receive.take()->written == 112);
  CHECK(guest.receive.take()->written == kHeader + 250 - 2 * 112);
  CHECK_FALSE(guest.receive.take());
  std::vector<std::byte> got = guest.ram.bytes(at + kHeader, 100);
  const auto second = guest.ram.bytes(at + 112, 112);
  const auto third = guest.ram.bytes(at + 224, 38);
  got.insert(got.end(), second.begin(), second.end());
  got.insert(got.end(), third.begin(), third.end());
  CHECK(got == frame_of(250));
}

TEST_CASE("a frame that needs more buffers waits for them") {
  Machine guest;
  guest.give(guest.receive, 1, 112);
  guest.network.arrive(frame_of(150));
  guest.serve();
  CHECK_FALSE(guest.receive.take());
  CHECK_FALSE(guest.network.wants.at(0).receive);

  guest.give(guest.receive, 1, 112);
  guest.serve();

  CHECK(guest.receive.take()->written == 112);
  CHECK(guest.receive.take()->written == kHeader + 150 - 112);
}

TEST_CASE("a frame that no buffer can hold is dropped, and the next one comes") {
  Machine guest(~(kNetMultiQueue | kNetMergeable));
  guest.give(guest.receive, 2, 112);
  guest.network.arrive(frame_of(150));
  guest.network.arrive(frame_of(100, 9));

  guest.serve();

  CHECK(guest.network.dropped == 1);
  CHECK(guest.receive.take()->written == 112);
}

TEST_CASE("a frame is dropped that all of the driver's buffers together can't hold") {
  Machine guest;
  guest.give(guest.receive, 16, 20);
  guest.network.arrive(frame_of(1000));

  guest.serve();

  CHECK(guest.network.dropped == 1);
  CHECK(guest.transport.reason.empty());
}

TEST_CASE("without buffers, frames stay in the network") {
  Machine guest;
  guest.network.arrive(frame_of(60));

  guest.serve();

  CHECK(guest.network.waiting[0].size() == 1);
  CHECK_FALSE(guest.network.wants.at(0).receive);
}

TEST_CASE("what the host does not take now is sent later, in order") {
  Machine guest;
  guest.network.takes = false;
  guest.send(frame_of(60, 1));
  guest.send(frame_of(60, 2));
  CHECK_FALSE(guest.transmit.take());
  CHECK(guest.network.wants.at(0).send);

  guest.network.takes = true;
  guest.serve();

  REQUIRE(guest.network.sent.size() == 2);
  CHECK(guest.network.sent[0].bytes == frame_of(60, 1));
  CHECK(guest.network.sent[1].bytes == frame_of(60, 2));
  CHECK(guest.transmit.used_index() == 2);
}

TEST_CASE("a checksum and a segmentation that were agreed on are passed on") {
  Machine guest;
  const NetHeader header{.flags = NetHeader::kNeedsChecksum,
                         .gso_type = NetHeader::kGsoTcp4,
                         .hdr_len = 54,
                         .gso_size = 1448,
                         .csum_start = 34,
                         .csum_offset = 16};

  guest.send(frame_of(5000), header);

  REQUIRE(guest.network.sent.size() == 1);
  const NetHeader& passed = guest.network.sent[0].header;
  CHECK(passed.flags == NetHeader::kNeedsChecksum);
  CHECK(passed.gso_type == NetHeader::kGsoTcp4);
  CHECK(passed.gso_size == 1448);
  CHECK(passed.csum_start == 34);
  CHECK(passed.csum_offset == 16);
}

TEST_CASE("a driver that breaks the rules of a frame must reset the card") {
  struct Case {
    NetHeader header;
    std::uint64_t without;
    const char* reason;
  };
  const NetHeader checksum{.flags = NetHeader::kNeedsChecksum, .csum_start = 34, .csum_offset = 16};
  NetHeader beyond = checksum;
  beyond.csum_start = 0xffff;
  beyond.csum_offset = 0xffff;
  NetHeader segmented = checksum;
  segmented.gso_type = NetHeader::kGsoTcp4;
  segmented.gso_size = 1448;
  NetHeader no_size = segmented;
  no_size.gso_size = 0;
  NetHeader no_checksum = segmented;
  no_checksum.flags = 0;
  NetHeader nonsense = segmented;
  nonsense.gso_type = 0x55;
  const auto one =
      GENERATE_COPY(Case{checksum, kNetChecksum, "a checksum is asked for that was not agreed on"},
                    Case{beyond, 0, "a checksum's place is beyond its frame"},
                    Case{segmented, kNetHostTso4, "a segmentation that was not agreed on"},
                    Case{nonsense, 0, "a segmentation that was not agreed on"},
                    Case{no_size, 0, "a frame to be segmented names no size"},
                    Case{no_checksum, 0, "a frame to be segmented asks for no checksum"});
  Machine guest(~(kNetMultiQueue | one.without));

  guest.send(frame_of(2000), one.header);

  CHECK(guest.transport.reason == one.reason);
  CHECK(guest.network.sent.empty());
  CHECK(guest.transmit.take());
}

TEST_CASE("a chain that holds no whole header, or is to be written, is a broken rule") {
  Machine guest;
  const GuestAddress at = guest.ram.allocate(100);
  SECTION("too short") {
    guest.transmit.add({readable(at, kHeader - 1)});
  }
  SECTION("to be written") {
    guest.transmit.add({readable(at, 50), writable(at + 50, 50)});
  }

  guest.transmit.offer();
  guest.serve();

  CHECK_FALSE(guest.transport.reason.empty());
  CHECK(guest.network.sent.empty());
  CHECK(guest.transmit.take());
}

TEST_CASE("frames that no network carries are dropped without a word") {
  Machine guest;

  guest.send(frame_of(13));
  guest.send(frame_of(kMaxFrame + 1));

  CHECK(guest.network.sent.empty());
  CHECK(guest.transmit.used_index() == 2);
  CHECK(guest.transport.reason.empty());
}

TEST_CASE("a buffer to receive without room for a header is a broken rule") {
  Machine guest;
  const GuestAddress at = guest.ram.allocate(2000);
  SECTION("too small") {
    guest.receive.add({writable(at, kHeader - 1)});
  }
  SECTION("to be read") {
    guest.receive.add({readable(at, 1526)});
  }
  guest.receive.offer();
  guest.network.arrive(frame_of(60));

  guest.serve();

  CHECK_FALSE(guest.transport.reason.empty());
  CHECK(guest.receive.take()->written == 0);
}

TEST_CASE("a frame that asks for more than the driver agreed to does not reach it") {
  Machine guest(~(kNetMultiQueue | kNetGuestTso4));
  guest.give(guest.receive, 4, 8000);
  const NetHeader header{
      .flags = NetHeader::kNeedsChecksum, .gso_type = NetHeader::kGsoTcp4, .gso_size = 1448};

  guest.network.arrive(frame_of(5000), header);
  guest.network.arrive(frame_of(60));
  guest.serve();

  CHECK(guest.receive.take()->written == kHeader + 60);
  CHECK_FALSE(guest.receive.take());
}

TEST_CASE("the backend is told what the driver takes") {
  Machine guest(~(kNetMultiQueue | kNetGuestUfo | kNetGuestTso6));

  guest.serve();

  CHECK(guest.network.let == NetOffloads{.checksum = true, .tso4 = true, .ecn = true});
}

TEST_CASE("offloads without the checksum are none") {
  CHECK(offloads_to_guest(kNetGuestTso4 | kNetGuestTso6) == NetOffloads{});
  CHECK(offloads_from_guest(kNetHostTso4 | kNetHostUfo) == NetOffloads{});
}

TEST_CASE("a card offers what its network can, and no more") {
  DriverRam ram;
  FakeNetwork plain;
  const VirtioNet card(ram.memory(), plain, {.mac = kMac});

  const std::uint64_t features = card.traits().features;

  CHECK((features & (kNetMac | kNetStatus | kNetMergeable | kNetControl)) ==
        (kNetMac | kNetStatus | kNetMergeable | kNetControl));
  CHECK((features & (kNetChecksum | kNetHostTso4 | kNetGuestChecksum | kNetMtu | kNetMultiQueue |
                     kNetControlGuestOffloads)) == 0);
  CHECK(card.traits().queue_sizes.size() == 3);
}

TEST_CASE("the configuration space tells address, link, pairs and MTU") {
  Machine guest;

  NetConfigSpace config;
  std::memcpy(&config, guest.card.config().data(), guest.card.config().size());

  CHECK(std::ranges::equal(config.mac, kMac));
  CHECK(config.status == kNetLinkUp);
  CHECK(config.max_virtqueue_pairs == 2);
  CHECK(config.mtu == 1500);
  CHECK(guest.card.config_field(6) == "status");
}

TEST_CASE("commands are answered with whether they were obeyed") {
  Machine guest;
  CHECK(guest.command(kNetClassRx, 0, {1}) == kNetOk);
  CHECK(guest.command(kNetClassRx, 5, {0}) == kNetOk);
  CHECK(guest.command(kNetClassRx, 6, {0}) == kNetError);
  CHECK(guest.command(kNetClassRx, 0, {2}) == kNetError);
  CHECK(guest.command(kNetClassRx, 0, {}) == kNetError);
  CHECK(guest.command(kNetClassVlan, 0, {5, 0}) == kNetOk);
  CHECK(guest.command(kNetClassVlan, 1, {0xff, 0xff}) == kNetError);
  CHECK(guest.command(kNetClassMac, kNetMacTableSet, {1, 0, 0, 0, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0}) ==
        kNetOk);
  CHECK(guest.command(kNetClassMac, kNetMacTableSet, {0xff, 0xff, 0xff, 0xff}) == kNetError);
  CHECK(guest.command(77, 0, {1}) == kNetError);
  CHECK(guest.transport.reason.empty());
}

TEST_CASE("a command without room for its answer is a broken rule") {
  Machine guest;
  const GuestAddress at = guest.ram.allocate(3);
  guest.control.add({readable(at, 3)});
  guest.control.offer();

  guest.serve();

  CHECK(guest.transport.reason == "a command has no room for its answer");
  CHECK(guest.control.take()->written == 0);
}

TEST_CASE("a new address is shown until the card is reset") {
  Machine guest;
  const MacAddress other{2, 9, 8, 7, 6, 5};

  const int answer = guest.command(kNetClassMac, kNetMacAddressSet, {2, 9, 8, 7, 6, 5});

  CHECK(answer == kNetOk);
  CHECK(std::memcmp(guest.card.config().data(), other.data(), other.size()) == 0);
  CHECK(guest.command(kNetClassMac, kNetMacAddressSet, {1, 9, 8, 7, 6, 5}) == kNetError);
  guest.card.reset();
  CHECK(std::memcmp(guest.card.config().data(), kMac.data(), kMac.size()) == 0);
}

TEST_CASE("offloads are given up and taken back by command") {
  Machine guest;
  guest.serve();
  CHECK(guest.network.let == kAll);

  CHECK(guest.command(kNetClassGuestOffloads, 0, {1 << 1, 0, 0, 0, 0, 0, 0, 0}) == kNetOk);
  CHECK(guest.network.let == NetOffloads{.checksum = true});
  CHECK(guest.command(kNetClassGuestOffloads, 0, {1, 0, 0, 0, 0, 0, 0, 0}) == kNetError);
}

TEST_CASE("a driver of several pairs sends by each and says how many receive") {
  Machine guest(~0ull);
  guest.give(guest.second_receive, 2, 1526);
  guest.network.arrive(frame_of(60), {}, 1);
  guest.serve();
  CHECK_FALSE(guest.second_receive.take());

  CHECK(guest.command(kNetClassMultiQueue, kNetPairsSet, {2, 0}) == kNetOk);

  CHECK(guest.network.pairs == 2);
  CHECK(guest.second_receive.take()->written == kHeader + 60);
  CHECK(guest.command(kNetClassMultiQueue, kNetPairsSet, {0, 0}) == kNetError);
  CHECK(guest.command(kNetClassMultiQueue, kNetPairsSet, {3, 0}) == kNetError);
}

TEST_CASE("a driver of one pair has its control queue behind that, and no pairs to set") {
  Machine guest;
  CHECK(guest.command(kNetClassMultiQueue, kNetPairsSet, {2, 0}) == kNetError);
}

TEST_CASE("after a reset nothing of the driver's memory is touched") {
  Machine guest;
  const GuestAddress at = guest.give(guest.receive, 2, 1526);
  guest.network.takes = false;
  guest.send(frame_of(60));

  guest.card.reset();
  guest.network.takes = true;
  guest.network.arrive(frame_of(60));
  guest.serve();

  CHECK(guest.card.idle());
  CHECK(guest.network.sent.empty());
  CHECK(guest.ram.load<std::uint8_t>(at) == 0xa5);
  CHECK(guest.network.pairs == 1);
}

TEST_CASE("a reset while the card works ends when the work has ended") {
  struct Resetting final : RequestObserver {
    void on_request(const RequestRecord&) override {
      card->reset();
      idle_meanwhile = card->idle();
    }
    void on_work(Time, Time, unsigned, unsigned) override {}
    VirtioNet* card = nullptr;
    bool idle_meanwhile = true;
  } onlooker;
  DriverRam ram;
  FakeNetwork network;
  VirtioNet card(ram.memory(), network, {.mac = kMac}, &onlooker);
  onlooker.card = &card;
  FakeTransport transport;
  DriverQueue transmit(ram, 16);
  card.activate(transport, card.traits().features);
  card.start_queue(1, transmit.config());
  const GuestAddress at = ram.allocate(100);
  ram.store(at, NetHeader{});
  transmit.add({readable(at, 100)});
  transmit.offer();
  std::mutex lock;

  card.serve(lock, Wait::kNo);

  CHECK_FALSE(onlooker.idle_meanwhile);
  CHECK(card.idle());
  CHECK_FALSE(transmit.take());
}

TEST_CASE("each queue counts what it answered") {
  Machine guest;
  guest.send(frame_of(60));
  guest.send(frame_of(60));
  (void)guest.command(kNetClassRx, 0, {1});

  CHECK(guest.card.answered(1) == 2);
  CHECK(guest.card.answered(2) == 1);
  CHECK(guest.card.answered(0) == 0);
  CHECK(guest.card.answered(3) == 0);
}

TEST_CASE("a broken queue is told once, and the others go on") {
  Machine guest;
  guest.receive.set_available_index(1000);

  guest.send(frame_of(60));

  CHECK_FALSE(guest.transport.reason.empty());
  CHECK(guest.network.sent.size() == 1);
}

}  // namespace
}  // namespace minivmm::virtio
