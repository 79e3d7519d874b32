#include <catch2/catch.hpp>

#include "cli/options.h"
#include "cli/parse.h"
#include "minivmm/error.h"

namespace minivmm::cli {

TEST_CASE("A shared folder has a tag, and may be read-only") {
  const ShareConfig plain = parse_share("/srv/files");
  CHECK(plain.path == "/srv/files");
  CHECK(plain.tag == "share");
  CHECK_FALSE(plain.read_only);
  const ShareConfig other = parse_share("/a,,b,readonly,tag=other");
  CHECK(other.path == "/a,b");
  CHECK(other.tag == "other");
  CHECK(other.read_only);
}

TEST_CASE("A shared folder without a folder, or with words that mean nothing, is refused") {
  CHECK_THROWS_WITH(parse_share(""), Catch::Contains("names no folder"));
  CHECK_THROWS_WITH(parse_share(",readonly"), Catch::Contains("names no folder"));
  CHECK_THROWS_WITH(parse_share("/a,writable"), Catch::Contains("readonly"));
}

TEST_CASE("A console is named as a serial line is") {
  CHECK(parse_console("pty").kind == CharKind::kPty);
  CHECK(parse_console("unix:/run/x").path == "/run/x");
  CHECK_THROWS_WITH(parse_console("tty"), Catch::Contains("console 'tty'"));
}

TEST_CASE("A balloon is on or off") {
  CHECK(parse_balloon("on"));
  CHECK_FALSE(parse_balloon("off"));
  CHECK_THROWS_AS(parse_balloon("perhaps"), ConfigError);
}

TEST_CASE("A console on the terminal takes it from COM1, unless both are named") {
  const auto machine = [](std::vector<const char*> args) { return parse_options(args).machine; };
  CHECK(machine({}).serials.front().kind == CharKind::kStdio);
  const MachineConfig config = machine({"--console", "stdio"});
  CHECK(config.serials.front().kind == CharKind::kNone);
  CHECK(config.console.kind == CharKind::kStdio);
  CHECK(machine({"--console", "pty"}).serials.front().kind == CharKind::kStdio);
}

}  // namespace minivmm::cli
