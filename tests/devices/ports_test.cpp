// The devices of one or two ports: resets and debug ports.

#include <catch2/catch.hpp>

#include "bus/bus.h"
#include "devices/debug_exit.h"
#include "devices/debug_port.h"
#include "devices/reset_control.h"
#include "support/fake_char_backend.h"
#include "support/fake_power_control.h"
#include "support/guest_access.h"

namespace minivmm {
namespace {

using test::in;
using test::load;
using test::out;
using test::store;

TEST_CASE("RST_CNT resets when RST_CPU rises, and only then") {
  test::FakePowerControl power;
  ResetControl control(power);

  out(control, 0, 0x02);
  CHECK(power.resets == 0);
  CHECK(in(control, 0) == 0x02);
  out(control, 0, 0x06);
  CHECK(power.resets == 1);
  out(control, 0, 0x0e);
  CHECK(power.resets == 1);
}

TEST_CASE("port 0x92 keeps A20 and resets when INIT_NOW rises") {
  test::FakePowerControl power;
  Port92 port(power);

  out(port, 0, 0x02);
  CHECK(in(port, 0) == 0x02);
  CHECK(power.resets == 0);
  out(port, 0, 0x03);
  CHECK(power.resets == 1);
}

TEST_CASE("the debug port is found by reading 0xe9 and passes bytes on") {
  test::FakeCharBackend sink;
  DebugPort port(sink);

  CHECK(in(port, 0) == 0xe9);
  out(port, 0, 'o');
  out(port, 0, 'k');
  CHECK(sink.sent == "ok");
}

TEST_CASE("isa-debug-exit takes a value of any width") {
  test::FakePowerControl power;
  DebugExit device(power);
  Bus ports;
  REQUIRE(ports.add({{0xf4}, DebugExit::kPorts}, device));

  store<std::uint8_t>(ports, 0xf4, 0x10);
  CHECK(power.exit_value == 0x10u);
  store<std::uint32_t>(ports, 0xf4, 0x12345678);
  CHECK(power.exit_value == 0x12345678u);
  CHECK(load<std::uint32_t>(ports, 0xf4) == 0);
}

}  // namespace
}  // namespace minivmm
