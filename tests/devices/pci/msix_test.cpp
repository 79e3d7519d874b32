#include "devices/pci/msix.h"

#include <catch2/catch.hpp>

#include "bus/bus.h"
#include "host/log.h"
#include "support/fake_msi_source.h"
#include "support/guest_access.h"

namespace minivmm::pci {
namespace {

using test::load;
using test::store;

/// A driver's view: the table at address 0.
struct Driver {
  explicit Driver(unsigned vectors = 4) : msix(lock, vectors, source) {
    REQUIRE(bus.add({{0}, msix.region_size()}, msix));
  }

  void program(unsigned vector, std::uint64_t address, std::uint32_t data) {
    store<std::uint32_t>(bus, vector * 16, static_cast<std::uint32_t>(address));
    store<std::uint32_t>(bus, vector * 16 + 4, static_cast<std::uint32_t>(address >> 32));
    store<std::uint32_t>(bus, vector * 16 + 8, data);
  }
  void mask(unsigned vector) { store<std::uint32_t>(bus, vector * 16 + 12, 1); }
  void unmask(unsigned vector) { store<std::uint32_t>(bus, vector * 16 + 12, 0); }
  std::uint64_t pending() { return load<std::uint64_t>(bus, msix.pba_offset()); }

  test::FakeMsiSource source{};
  std::mutex lock{};
  Msix msix;
  Bus bus{};
};

TEST_CASE("an unmasked vector sends its message") {
  Driver driver;
  driver.msix.set_control(true, false);
  driver.program(2, 0xfee0'1000, 0x41);
  driver.unmask(2);

  driver.msix.signal(2);

  CHECK(driver.source.received == std::vector<MsiMessage>{{0xfee0'1000, 0x41}});
  CHECK(driver.source.allocated == 1);
}

TEST_CASE("a vector has an eventfd while it can fire, and who asked hears of changes") {
  Driver driver;
  driver.source.fd = 7;
  int changes = 0;
  driver.msix.on_change([&] { ++changes; });
  CHECK(driver.msix.fd(2) == -1);

  driver.msix.set_control(true, false);
  driver.program(2, 0xfee0'1000, 0x41);
  driver.unmask(2);
  CHECK(driver.msix.fd(2) == 7);
  CHECK(driver.msix.fd(99) == -1);

  changes = 0;
  driver.mask(2);
  CHECK(driver.msix.fd(2) == -1);
  CHECK(changes == 1);
  driver.unmask(2);
  driver.msix.set_control(true, true);
  CHECK(driver.msix.fd(2) == -1);
  CHECK(changes == 3);
}

TEST_CASE("a masked vector is pending and fires once when unmasked") {
  Driver driver;
  driver.msix.set_control(true, false);
  driver.program(1, 0xfee0'0000, 0x30);
  driver.msix.signal(1);
  driver.msix.signal(1);
  CHECK(driver.pending() == 0x2);
  CHECK(driver.source.received.empty());

  driver.unmask(1);

  CHECK(driver.source.received.size() == 1);
  CHECK(driver.pending() == 0);
}

TEST_CASE("the function mask holds all vectors back") {
  Driver driver;
  driver.msix.set_control(true, true);
  driver.unmask(0);
  driver.unmask(3);
  driver.msix.signal(0);
  driver.msix.signal(3);
  CHECK(driver.pending() == 0x9);
  CHECK(driver.source.allocated == 0);

  driver.msix.set_control(true, false);

  CHECK(driver.source.received.size() == 2);
  CHECK(driver.source.allocated == 2);
}

TEST_CASE("without MSI-X enabled a signal is lost") {
  Driver driver;
  driver.unmask(0);
  driver.msix.signal(0);
  driver.msix.set_control(true, false);

  CHECK(driver.source.received.empty());
  CHECK(driver.pending() == 0);
}

TEST_CASE("a message that is changed under mask is the one sent after it") {
  Driver driver;
  driver.msix.set_control(true, false);
  driver.program(0, 0xfee0'0000, 0x30);
  driver.unmask(0);
  driver.mask(0);
  driver.program(0, 0xfee0'2000, 0x31);
  driver.unmask(0);
  driver.msix.signal(0);

  CHECK(driver.source.received == std::vector<MsiMessage>{{0xfee0'2000, 0x31}});
  CHECK(driver.source.allocated == 1);
}

TEST_CASE("the table takes quadwords and reads back what exists") {
  Driver driver;
  store<std::uint64_t>(driver.bus, 0x10, 0x1'fee0'1003);
  store<std::uint64_t>(driver.bus, 0x18, 0xffff'fffe'0000'0055);

  CHECK(load<std::uint64_t>(driver.bus, 0x10) == 0x1'fee0'1000);
  CHECK(load<std::uint64_t>(driver.bus, 0x18) == 0x55);
  CHECK(load<std::uint32_t>(driver.bus, 0x0c) == 1);  // Vector 0: masked from power-on.
}

TEST_CASE("pending bits are read-only, and what is beyond the table does nothing") {
  Driver driver;
  store<std::uint64_t>(driver.bus, driver.msix.pba_offset(), ~0ull);
  store<std::uint64_t>(driver.bus, 0x40, ~0ull);

  CHECK(driver.pending() == 0);
  CHECK(load<std::uint64_t>(driver.bus, 0x40) == 0);
}

TEST_CASE("a vector that does not exist is ignored") {
  Driver driver;
  driver.msix.set_control(true, false);
  driver.msix.signal(4);
  driver.msix.signal(0xffff);

  CHECK(driver.source.received.empty());
}

TEST_CASE("the largest table has its pending bits in a place of their own") {
  Driver driver(Msix::kMaxVectors);
  driver.msix.set_control(true, false);
  driver.msix.signal(2047);

  CHECK(driver.msix.region_size() == 0x10000);
  CHECK(load<std::uint64_t>(driver.bus, driver.msix.pba_offset() + 248) == 1ull << 63);
}

TEST_CASE("when the host has no vector the guest gets none, and the next unmasking tries again") {
  Driver driver;
  log::set_level(log::Level::kOff);
  driver.source.refuse = true;
  driver.msix.set_control(true, false);
  driver.unmask(0);
  driver.msix.signal(0);
  CHECK(driver.source.received.empty());

  driver.source.refuse = false;
  driver.mask(0);
  driver.unmask(0);
  driver.msix.signal(0);

  CHECK(driver.source.received.size() == 1);
}

TEST_CASE("a reset masks all and gives the vectors back") {
  Driver driver;
  driver.msix.set_control(true, false);
  driver.unmask(0);
  driver.msix.reset();

  driver.msix.signal(0);
  CHECK(driver.source.received.empty());
  CHECK_FALSE(driver.msix.enabled());
  CHECK(load<std::uint32_t>(driver.bus, 0x0c) == 1);
}

}  // namespace
}  // namespace minivmm::pci
