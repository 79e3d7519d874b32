#include "machine/run_control.h"

#include <poll.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "minivmm/error.h"
#include "support/temp_folder.h"

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

TEST_CASE("A machine without a CD-ROM drive has nothing to eject") {
  StopControl stop;
  RunControl control(stop);
  CHECK(control.cd() == nullptr);
  CHECK(control.take_wishes().cd.empty());
}

TEST_CASE("Discs to be ejected and put in are wishes, taken once and in their order") {
  StopControl stop;
  RunControl control(stop, CdDrive::kYes);
  const test::TempFolder folder;
  std::string disc(20 * 2048, '\0');
  disc.replace(16 * 2048 + 1, 5, "CD001");
  REQUIRE(control.cd() != nullptr);
  control.cd()->eject();
  control.cd()->insert(folder.file("disc.iso", disc));
  CHECK(readable(control.fd()));

  const RunControl::Wishes wishes = control.take_wishes();
  REQUIRE(wishes.cd.size() == 2);
  CHECK(wishes.cd[0].disc == nullptr);
  REQUIRE(wishes.cd[1].disc != nullptr);
  CHECK(wishes.cd[1].disc->info().size == disc.size());
  CHECK(control.take_wishes().cd.empty());
}

TEST_CASE("What is no disc's image is refused to who wants to put it in") {
  StopControl stop;
  RunControl control(stop, CdDrive::kYes);
  CHECK_THROWS_AS(control.cd()->insert("/nowhere/disc.iso"), ConfigError);
  CHECK(control.take_wishes().cd.empty());
}

}  // namespace
}  // namespace minivmm
