#include "machine/run_control.h"

#include <poll.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

namespace minivmm {
namespace {

bool readable(int fd) {
  pollfd poll_fd{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&poll_fd, 1, 0) == 1;
}

TEST_CASE("A paused machine's vCPUs are kicked, and wait until it goes on") {
  StopControl stop;
  RunControl control(stop);
  control.pause();
  CHECK(readable(control.fd()));
  CHECK(control.take_wishes().kick);
  CHECK(control.state() == MachineControl::State::kPaused);
  std::thread vcpu([&] { control.wait_while_paused([] { return false; }); });
  control.resume();
  vcpu.join();
  CHECK_FALSE(control.paused());
}

TEST_CASE("A stop ends a pause") {
  StopControl stop;
  RunControl control(stop);
  control.pause();
  std::thread vcpu([&] { control.wait_while_paused([] { return false; }); });
  control.stop_now();
  control.let_go();
  vcpu.join();
  CHECK(stop.reason().kind == StopKind::kUserQuit);
  CHECK(control.paused());
}

TEST_CASE("A vCPU of a paused machine can be called away") {
  StopControl stop;
  RunControl control(stop);
  control.pause();
  std::atomic<bool> called = false;
  std::thread vcpu([&] { control.wait_while_paused([&] { return called.load(); }); });
  called = true;
  control.wake();
  vcpu.join();
  CHECK(control.paused());
}

TEST_CASE("The power button is a wish that is taken once") {
  StopControl stop;
  RunControl control(stop);
  control.press_power_button();
  CHECK(readable(control.fd()));
  CHECK(control.take_wishes().power_button);
  CHECK_FALSE(control.take_wishes().power_button);
  CHECK_FALSE(readable(control.fd()));
}

TEST_CASE("The reset button is heard as the guest's own reset") {
  StopControl stop;
  RunControl control(stop);
  control.press_reset();
  CHECK(stop.reason().kind == StopKind::kReset);
}

TEST_CASE("Who wants to know hears of a pause once") {
  StopControl stop;
  RunControl control(stop);
  int changes = 0;
  control.when_changed([&] { ++changes; });
  control.pause();
  control.pause();
  CHECK(changes == 1);
  control.resume();
  CHECK(changes == 2);
}

}  // namespace
}  // namespace minivmm
