// What users write for network cards.

#include "cli/parse_net.h"

#include <catch2/catch.hpp>

#include "minivmm/error.h"

namespace minivmm::cli {
namespace {

using Catch::Matchers::Contains;

TEST_CASE("a network of the guest's own needs no more than its name") {
  const NetConfig config = parse_net("user");

  CHECK(config.kind == NetKind::kUser);
  CHECK(config.forwards.empty());
  CHECK_FALSE(config.mac);
  CHECK_FALSE(config.restricted);
}

TEST_CASE("ports are led to the guest from the loopback, or where it is said") {
  const NetConfig config =
      parse_net("user,forward=2222:22,forward=udp:0.0.0.0:5353:53,forward=tcp:80:8080");

  REQUIRE(config.forwards.size() == 3);
  CHECK_FALSE(config.forwards[0].udp);
  CHECK(config.forwards[0].host_address == "127.0.0.1");
  CHECK(config.forwards[0].host_port == 2222);
  CHECK(config.forwards[0].guest_port == 22);
  CHECK(config.forwards[1].udp);
  CHECK(config.forwards[1].host_address == "0.0.0.0");
  CHECK(config.forwards[1].guest_port == 53);
  CHECK_FALSE(config.forwards[2].udp);
}

TEST_CASE("a card's address, its network's MTU and restriction are what was said") {
  const NetConfig config = parse_net("user,restrict=on,mtu=9000,mac=52:54:00:AA:b:3");

  CHECK(config.restricted);
  CHECK(config.mtu == 9000);
  CHECK(config.mac == MacAddress{0x52, 0x54, 0, 0xaa, 0xb, 3});
}

TEST_CASE("a tap is named") {
  const NetConfig config = parse_net("tap=tap0,mac=02:00:00:00:00:01");

  CHECK(config.kind == NetKind::kTap);
  CHECK(config.tap == "tap0");
  CHECK(config.vhost == VhostUse::kIfThere);
  CHECK(parse_net("tap=tap0,vhost=on").vhost == VhostUse::kYes);
  CHECK(parse_net("tap=tap0,vhost=off").vhost == VhostUse::kNo);
  CHECK(config.mac);
}

TEST_CASE("what is not understood of a network is told") {
  const auto [text, why] = GENERATE(table<std::string, std::string>(
      {{"bridge", "network 'bridge' is unknown: give user, tap=NAME or none"},
       {"user,forward=22", "'forward=22' is not understood: give forward=PORT:GUESTPORT"},
       {"user,forward=1:2:3:4", "is not understood"},
       {"user,forward=0:22", "'0' in 'forward=0:22' is not a port from 1 to 65535"},
       {"user,forward=70000:22", "is not a port"},
       {"user,forward=x:22", "is not a port"},
       {"user,restrict=yes", "'restrict=yes' is neither: give on or off"},
       {"user,mtu=100", "'mtu=100' is out of range: give 1280 to 65520 bytes"},
       {"user,hostfwd=1:2", "option 'hostfwd=1:2' of --net user is unknown"},
       {"user,mac=1:2:3", "'mac=1:2:3' is not understood: give six bytes"},
       {"user,mac=52:54:00:12:34:567", "is not understood"},
       {"user,mac=01:00:5e:00:00:01", "is no card's address"},
       {"user,mac=0:0:0:0:0:0", "is no card's address"},
       {"tap=tap0,vhost=maybe", "'vhost=maybe' is neither: give on or off"},
       {"tap=tap0,forward=1:2", "option 'forward=1:2' of --net tap is unknown"}}));
  CHECK_THROWS_WITH(parse_net(text), Contains(why));
}

TEST_CASE("no network at all is said by its own word, alone") {
  CHECK_FALSE(parse_nets({}));
  CHECK(parse_nets({"none"})->empty());
  CHECK(parse_nets({"user", "tap=t"})->size() == 2);
  CHECK_THROWS_WITH(parse_nets({"user", "none"}), Contains("leave it out, or the others"));
}

}  // namespace
}  // namespace minivmm::cli
