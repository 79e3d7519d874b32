#include "devices/irq_fan_in.h"

#include <catch2/catch.hpp>

#include "support/fake_irq_line.h"

namespace minivmm {
namespace {

TEST_CASE("a shared line is asserted while any of its devices asserts it") {
  test::FakeIrqLine line;
  IrqFanIn shared(line);
  const auto com1 = shared.connect();
  auto com3 = shared.connect();

  com1->set(true);
  com3->set(true);
  com3->set(true);
  com1->set(false);
  CHECK(line.asserted());

  com3.reset();
  CHECK_FALSE(line.asserted());
  CHECK(line.rises() == 1);
}

}  // namespace
}  // namespace minivmm
