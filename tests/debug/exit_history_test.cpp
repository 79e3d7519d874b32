#include "debug/exit_history.h"

#include <catch2/catch.hpp>

namespace minivmm::debug {
namespace {

ExitRecord port_write(std::uint64_t value) {
  return {.kind = ExitKind::kPioOut, .width = 1, .address = 0x3f8, .value = value};
}

}  // namespace

TEST_CASE("An empty history says that there were no exits") {
  CHECK(ExitHistory().account() == "  no exits to user space before\n");
}

TEST_CASE("The history keeps the last 64 exits, oldest first") {
  ExitHistory history;
  for (std::uint64_t i = 0; i < 70; ++i) history.record(port_write(i));

  const auto last = history.last();

  REQUIRE(last.size() == 64);
  CHECK(last.front().value == 6);
  CHECK(last.back().value == 69);
  CHECK(history.count() == 70);
}

TEST_CASE("Equal exits after each other share a line") {
  ExitHistory history;
  history.record(port_write(0x41));
  history.record(port_write(0x41));
  history.record({.kind = ExitKind::kMmioRead, .width = 4, .address = 0xfe000000, .value = 7});

  CHECK(history.account() ==
        "  #0        write 0x41 to port 0x3f8 (1 byte)  (2 times)\n"
        "  #2        read 0x7 from address 0xfe000000 (4 bytes)\n");
}

TEST_CASE("A string instruction's exit tells how many accesses it stands for") {
  ExitRecord record = port_write(0x20);
  record.repeated = 80;

  CHECK(describe(record) == "write 0x20 to port 0x3f8 (1 byte), 80 times by a string instruction");
}

}  // namespace minivmm::debug
