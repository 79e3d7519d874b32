#include "machine/stop_control.h"

#include <poll.h>

#include <catch2/catch.hpp>

namespace minivmm {
namespace {

bool readable(int fd) {
  pollfd poll_fd{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&poll_fd, 1, 0) == 1;
}

}  // namespace

TEST_CASE("Nobody has asked for a stop at the beginning") {
  StopControl stop;
  CHECK_FALSE(stop.requested());
  CHECK_FALSE(readable(stop.fd()));
}

TEST_CASE("The first reason to stop is the one that counts") {
  StopControl stop;
  stop.debug_exit(0x10);
  stop.power_off();
  CHECK(stop.requested());
  CHECK(readable(stop.fd()));
  CHECK(stop.reason().kind == StopKind::kDebugExit);
  CHECK(stop.reason().detail == 0x10);
}

TEST_CASE("After a reset has been carried out the next request is heard") {
  StopControl stop;
  stop.reset();
  stop.rearm();
  CHECK_FALSE(stop.requested());
  CHECK_FALSE(readable(stop.fd()));
  stop.power_off();
  CHECK(stop.reason().kind == StopKind::kPowerOff);
}

}  // namespace minivmm
