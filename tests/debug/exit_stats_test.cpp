// What --stats tells of a guest's exits.

#include "debug/exit_stats.h"

#include <fmt/core.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <string>

#include "debug/time_histogram.h"

namespace minivmm::debug {
namespace {

using Catch::Contains;
using namespace std::chrono_literals;

ExitStats::Sources sources() {
  return {.rip = [](unsigned cpu) { return 0x1000u + cpu; },
          .symbol =
              [](std::uint64_t address) {
                return address == 0x1001 ? std::string("probe+0x1") : std::string();
              }};
}

const DevicePlace kNobody{};

ExitRecord write_to(std::uint64_t port) {
  return {.kind = ExitKind::kPioOut, .width = 1, .address = port};
}

TEST_CASE("quantiles are right within an eighth") {
  TimeHistogram times;
  for (int i = 1; i <= 1000; ++i) times.add(std::chrono::microseconds(i));
  CHECK(times.least() == 1us);
  CHECK(times.quantile(0.5) > 437us);
  CHECK(times.quantile(0.5) <= 501us);
  CHECK(times.quantile(0.99) > 866us);
  CHECK(times.quantile(0.99) <= 991us);
}

TEST_CASE("no time, the longest time and a clock that went back have their places") {
  TimeHistogram times;
  CHECK(times.quantile(0.5) == 0ns);
  times.add(-5ns);
  times.add(std::chrono::hours(24));
  CHECK(times.count() == 2);
  CHECK(times.least() == 0ns);
  CHECK(times.quantile(1) > 1s);
}

TEST_CASE("exits are told by reason and by register, all vCPUs together") {
  ExitStats stats(2, sources());
  const auto now = std::chrono::steady_clock::now();
  stats.on_exit(0, write_to(0x3f8), {"com1", "THR"}, now);
  stats.on_exit(0, write_to(0x3f8), {"com1", "THR"}, now);
  stats.on_exit(1, write_to(0x3f8), {"com1", "THR"}, now);
  stats.on_exit(1, {.kind = ExitKind::kHalt}, kNobody, now);

  const std::string report = stats.report();

  CHECK_THAT(report, Catch::Matches("(.|\\n)*  port write +3 (.|\\n)*"));
  CHECK_THAT(report, Catch::Matches("(.|\\n)*  halt +1 (.|\\n)*"));
  CHECK_THAT(report, Catch::Matches("(.|\\n)*  port write 0x3f8 com1.THR +3 (.|\\n)*"));
  CHECK_THAT(report, !Contains("nobody answers"));
}

TEST_CASE("registers that share a port are counted each for itself") {
  ExitStats stats(1, sources());
  const auto now = std::chrono::steady_clock::now();
  stats.on_exit(0, write_to(0x3f8), {"com1", "DLL"}, now);
  stats.on_exit(0, write_to(0x3f8), {"com1", "THR"}, now);
  stats.on_exit(0, write_to(0x3f8), {"com1", "THR"}, now);

  const std::string report = stats.report();

  CHECK_THAT(report, Catch::Matches("(.|\\n)*  port write 0x3f8 com1.DLL +1 (.|\\n)*"));
  CHECK_THAT(report, Catch::Matches("(.|\\n)*  port write 0x3f8 com1.THR +2 (.|\\n)*"));
}

TEST_CASE("what nobody emulates is told with the instruction that touched it first") {
  ExitStats stats(2, sources());
  stats.on_exit(1, write_to(0x80), kNobody, std::chrono::steady_clock::now());
  stats.on_exit(0, {.kind = ExitKind::kMsrRead, .width = 8, .address = 0x17a}, kNobody,
                std::chrono::steady_clock::now());
  CHECK_THAT(stats.report(), Catch::Matches("(.|\\n)*nobody answers there\\n  port write 0x80 +1 +"
                                            "first at 0x1001 probe\\+0x1\\n(.|\\n)*"));
  CHECK_THAT(stats.report(), Contains("MSR read 0x17a"));
}

TEST_CASE("a guest that touches everything is counted on") {
  ExitStats stats(1, sources());
  const auto now = std::chrono::steady_clock::now();
  for (std::uint64_t port = 0; port < 2 * ExitStats::kMostPlaces; ++port) {
    stats.on_exit(0, {.kind = ExitKind::kMmioRead, .width = 4, .address = port << 12}, kNobody,
                  now);
  }
  CHECK_THAT(stats.report(), Contains(fmt::format("  {:<44} {:>10} ", "other", 1025)));
}

}  // namespace
}  // namespace minivmm::debug
