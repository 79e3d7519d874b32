// A network of the guest's own, with the libslirp that is installed.

#include "backends/net/user_network.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <array>
#include <catch2/catch.hpp>
#include <vector>

#include "host/event_fd.h"
#include "host/unique_fd.h"
#include "minivmm/error.h"

namespace minivmm::net {
namespace {

using Bytes = std::vector<std::byte>;
using Wait = NetBackend::Wait;

const std::vector<NetBackend::Wants> kReceiving{{.receive = true}};

/// Who has 10.0.2.2? asks 10.0.2.15.
Bytes arp_request() {
  constexpr std::array<unsigned char, 42> kBytes{
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0, 1,  2, 3, 8, 6,  //
      0,    1,    8,    0,    6,    4,    0,    1,                        //
      0x52, 0x54, 0,    1,    2,    3,    10,   0,    2, 15,              //
      0,    0,    0,    0,    0,    0,    10,   0,    2, 2};
  Bytes bytes;
  for (const unsigned char one : kBytes) bytes.push_back(static_cast<std::byte>(one));
  return bytes;
}

void send(UserNetwork& network, Bytes frame) {
  const std::span<std::byte> piece(frame);
  REQUIRE(network.send(0, {}, {&piece, 1}));
}

std::size_t receive(UserNetwork& network, std::span<std::byte> room) {
  NetHeader header;
  return network.receive(0, header, {&room, 1});
}

/// Skips the test where there is nothing to test.
#define NEEDS_LIBSLIRP()                              \
  if (!UserNetwork::available()) {                    \
    WARN("SKIPPED: libslirp0 is not installed here"); \
    return;                                           \
  }

TEST_CASE("the router answers who it is") {
  NEEDS_LIBSLIRP();
  UserNetwork network(NetConfig{});
  send(network, arp_request());
  network.turn(Wait::kNo, kReceiving);

  Bytes reply(1514);
  const std::size_t size = receive(network, reply);

  REQUIRE(size >= 42);
  CHECK(reply[20] == std::byte{0});
  CHECK(reply[21] == std::byte{2});  // A reply,
  CHECK(reply[31] == std::byte{2});  // of 10.0.2.2.
  CHECK(receive(network, reply) == 0);
}

TEST_CASE("a frame larger than its room stays until it fits, or is dropped") {
  NEEDS_LIBSLIRP();
  UserNetwork network(NetConfig{});
  send(network, arp_request());
  Bytes reply(1514);

  const std::size_t size = receive(network, std::span(reply).first(10));
  CHECK(size > 10);
  CHECK(receive(network, reply) == size);
  send(network, arp_request());
  network.drop(0);
  CHECK(receive(network, reply) == 0);
}

TEST_CASE("a wait ends with the doorbell, and a new machine finds no old frames") {
  NEEDS_LIBSLIRP();
  UserNetwork network(NetConfig{});
  const EventFd doorbell;
  network.watch(doorbell.fd(), std::nullopt);
  doorbell.signal();

  network.turn(Wait::kYes, kReceiving);
  send(network, arp_request());
  network.begin();

  Bytes reply(1514);
  CHECK(receive(network, reply) == 0);
}

TEST_CASE("a port that another program has can't be led to the guest") {
  NEEDS_LIBSLIRP();
  const UniqueFd taken(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(::bind(taken.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::listen(taken.get(), 1) == 0);
  REQUIRE(::getsockname(taken.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  NetConfig config;
  config.forwards.push_back({.host_port = ntohs(address.sin_port), .guest_port = 22});

  CHECK_THROWS_WITH(UserNetwork(config), Catch::Matchers::Contains("another program has it"));
}

TEST_CASE("an address that is none is told") {
  NEEDS_LIBSLIRP();
  NetConfig config;
  config.forwards.push_back({.host_address = "localhost", .host_port = 2222, .guest_port = 22});

  CHECK_THROWS_AS(UserNetwork(config), ConfigError);
}

}  // namespace
}  // namespace minivmm::net
