// Taps, in a network namespace of the test's own.

#include "backends/net/tap_network.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "host/event_fd.h"
#include "host/log.h"
#include "host/unique_fd.h"
#include "minivmm/error.h"
#include "support/child_process.h"

namespace minivmm::net {
namespace {

using Bytes = std::vector<std::byte>;
using Wait = NetBackend::Wait;

constexpr int kSkipped = 77;

ifreq request_for(const char* name) {
  ifreq request{};
  std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  return request;
}

/// A tap that stays, with the address 10.9.0.1/8, up.
bool make_tap(const char* name, short flags) {
  const UniqueFd fd(::open("/dev/net/tun", O_RDWR | O_CLOEXEC));
  ifreq request = request_for(name);
  request.ifr_flags = static_cast<short>(IFF_TAP | IFF_NO_PI | flags);
  if (!fd || ::ioctl(fd.get(), TUNSETIFF, &request) != 0) return false;
  if (::ioctl(fd.get(), TUNSETPERSIST, 1) != 0) return false;
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM, 0));
  request = request_for(name);
  auto& address = reinterpret_cast<sockaddr_in&>(request.ifr_addr);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(0x0a090001);
  if (::ioctl(socket.get(), SIOCSIFADDR, &request) != 0) return false;
  request = request_for(name);
  request.ifr_flags = IFF_UP;
  return ::ioctl(socket.get(), SIOCSIFFLAGS, &request) == 0;
}

/// Runs a function where there is the tap t0; it answers 0, or the number of what didn't hold.
void with_tap(const std::function<int()>& function, short flags = 0) {
  test::ChildProcess child([&] {
    log::set_level(log::Level::kOff);
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0 || !make_tap("t0", flags)) return kSkipped;
    try {
      return function();
    } catch (const std::exception& error) {
      std::cerr << error.what() << '\n';
      return 99;
    }
  });
  const int status = child.wait();
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kSkipped) {
    WARN("SKIPPED: no tap can be made here");
    return;
  }
  CHECK(WEXITSTATUS(status) == 0);
}

NetConfig tap_config() {
  NetConfig config;
  config.kind = NetKind::kTap;
  config.tap = "t0";
  return config;
}

/// Who has 10.9.0.1? asks 10.9.0.2.
Bytes arp_request() {
  constexpr std::array<unsigned char, 42> kBytes{
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0, 1, 2, 3, 8, 6,  //
      0,    1,    8,    0,    6,    4,    0,    1,                       //
      0x52, 0x54, 0,    1,    2,    3,    10,   9,    0, 2,              //
      0,    0,    0,    0,    0,    0,    10,   9,    0, 1};
  Bytes bytes;
  for (const unsigned char one : kBytes) bytes.push_back(static_cast<std::byte>(one));
  return bytes;
}

/// The size of the answer to arp_request(), 0 if there is none; other frames are passed over.
std::size_t ask(TapNetwork& tap, std::span<std::byte> room) {
  Bytes request = arp_request();
  const std::span<std::byte> piece(request);
  if (!tap.send(0, {}, {&piece, 1})) return 0;
  const std::vector<NetBackend::Wants> wants(1, {.receive = true});
  for (int frames = 0; frames < 100; ++frames) {
    NetHeader header;
    const std::size_t size = tap.receive(0, header, {&room, 1});
    if (size == 0) {
      tap.turn(Wait::kYes, wants);
    } else if (size > room.size() || room[13] == std::byte{6}) {
      return size;
    } else {
      continue;
    }
  }
  return 0;
}

TEST_CASE("what goes to a tap is answered by the host") {
  with_tap([] {
    TapNetwork tap(tap_config(), 4);
    if (tap.info().queue_pairs != 1) return 1;
    if (tap.info().mtu != 1500) return 2;
    Bytes room(1514);
    const std::size_t size = ask(tap, room);
    if (size < 42 || room[21] != std::byte{2}) return 3;
    return 0;
  });
}

TEST_CASE("a frame from a tap that does not fit is kept whole") {
  with_tap([] {
    TapNetwork tap(tap_config(), 1);
    Bytes room(1514);
    std::size_t size = 0;
    // The first that comes may be another one: any will do.
    size = ask(tap, std::span(room).first(20));
    if (size < 42) return 1;
    NetHeader header;
    const std::array<std::span<std::byte>, 2> pieces{std::span(room).first(30),
                                                     std::span(room).subspan(30)};
    if (tap.receive(0, header, pieces) != size) return 2;
    if (room[6] == std::byte{0} && room[7] == std::byte{0}) return 3;
    return 0;
  });
}

TEST_CASE("a tap of several queues has as many as are wanted") {
  with_tap(
      [] {
        TapNetwork tap(tap_config(), 3);
        if (tap.info().queue_pairs != 3) return 1;
        tap.set_queue_pairs(3);
        tap.set_queue_pairs(1);
        tap.let_receive({.checksum = true, .tso4 = true, .tso6 = true, .ecn = true, .ufo = true});
        Bytes room(kMaxFrame);
        return ask(tap, room) >= 42 ? 0 : 2;
      },
      IFF_MULTI_QUEUE);
}

TEST_CASE("what is wrong with a tap is said") {
  with_tap([] {
    const auto says = [](const std::string& name, std::string_view why) {
      NetConfig config = tap_config();
      config.tap = name;
      try {
        TapNetwork tap(config, 1);
      } catch (const std::runtime_error& error) {
        if (std::string_view(error.what()).find(why) != std::string_view::npos) return true;
        std::cerr << error.what() << '\n';
      }
      return false;
    };
    if (!says("t1", "there is no tap 't1': make it as root: ip tuntap add t1 mode tap")) return 1;
    if (!says("lo", "it is no tap")) return 2;
    if (!says("a-name-that-is-too-long", "is no interface's name")) return 3;
    const TapNetwork first(tap_config(), 1);
    if (!says("t0", "another program has it")) return 4;
    return 0;
  });
}

}  // namespace
}  // namespace minivmm::net
