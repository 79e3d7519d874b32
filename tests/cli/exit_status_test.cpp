#include "cli/exit_status.h"

#include <catch2/catch.hpp>

namespace minivmm::cli {

TEST_CASE("Each end has the exit status that the README documents") {
  CHECK(exit_status({.kind = StopKind::kPowerOff}) == 0);
  CHECK(exit_status({.kind = StopKind::kExpectMatched}) == 0);
  CHECK(exit_status({.kind = StopKind::kUserQuit}) == 0);
  CHECK(exit_status({.kind = StopKind::kHostFailure}) == 4);
  CHECK(exit_status({.kind = StopKind::kCrash}) == 6);
  CHECK(exit_status({.kind = StopKind::kTimeout}) == 8);
  CHECK(exit_status({.kind = StopKind::kReset}) == 10);
  CHECK(exit_status({.kind = StopKind::kSignal, .detail = 15}) == 12);
  CHECK(exit_status({.kind = StopKind::kExpectMissed}) == 14);
}

TEST_CASE("isa-debug-exit's value v becomes (v << 1) | 1") {
  CHECK(exit_status({.kind = StopKind::kDebugExit, .detail = 0}) == 1);
  CHECK(exit_status({.kind = StopKind::kDebugExit, .detail = 0x10}) == 33);
}

}  // namespace minivmm::cli
