#include "machine/guest_services.h"

#include <catch2/catch.hpp>

#include "machine/validate.h"
#include "minivmm/error.h"

namespace minivmm {

TEST_CASE(
    "A guest that firmware boots has a balloon unasked, one that is booted directly has not") {
  MachineConfig config;
  CHECK_FALSE(has_balloon(config));
  config.disks = {{.path = "disk.img"}};
  CHECK(has_balloon(config));
  config.kernel = "vmlinuz";
  CHECK_FALSE(has_balloon(config));
  config.balloon = true;
  CHECK(has_balloon(config));
}

TEST_CASE("A serial line and the console can't both be on the terminal") {
  MachineConfig config;
  config.console.kind = CharKind::kStdio;
  CHECK_NOTHROW(validate(config));
  config.serials = {{CharKind::kStdio, {}}};
  CHECK_THROWS_WITH(validate(config), Catch::Contains("would mix"));
}

TEST_CASE("Shared folders have different tags, of a length that the device can tell") {
  MachineConfig config;
  config.shares = {{.path = "a"}, {.path = "b", .tag = "other"}};
  CHECK_NOTHROW(validate(config));
  config.shares[1].tag = "share";
  CHECK_THROWS_WITH(validate(config), Catch::Contains("tag=two"));
  config.shares[1].tag = std::string(256, 'x');
  CHECK_THROWS_AS(validate(config), ConfigError);
  config.shares[1].tag = "";
  CHECK_THROWS_AS(validate(config), ConfigError);
}

TEST_CASE("What serves the guest takes the place of disks") {
  MachineConfig config;
  config.disks.assign(26, {.path = "disk.img"});
  config.balloon = false;
  config.nets.emplace();
  CHECK_NOTHROW(validate(config));
  config.balloon = true;
  CHECK_THROWS_WITH(validate(config), Catch::Contains("room for 25"));
  config.disks.clear();
  for (int i = 0; i < 40; ++i) config.shares.push_back({.path = "a", .tag = std::to_string(i)});
  CHECK_THROWS_WITH(validate(config), Catch::Contains("shared folders are too many"));
}

}  // namespace minivmm
