#include "devices/pci/pirq_router.h"

#include <catch2/catch.hpp>
#include <initializer_list>

#include "devices/pci/isa_bridge.h"
#include "minivmm/io_device.h"
#include "support/fake_irq_line.h"

namespace minivmm::pci {
namespace {

struct Board {
  Board() : router(io_lines(), isa_lines()) {}

  PirqRouter::IoApicLines io_lines() {
    PirqRouter::IoApicLines lines{};
    for (unsigned i = 0; i < lines.size(); ++i) lines[i] = &ioapic[i];
    return lines;
  }
  PirqRouter::IsaLines isa_lines() {
    PirqRouter::IsaLines lines{};
    for (unsigned i = 0; i < lines.size(); ++i) lines[i] = &isa[i];
    lines[4] = nullptr;  // COM1's.
    return lines;
  }

  std::array<test::FakeIrqLine, PirqRouter::kPirqs> ioapic{};
  std::array<test::FakeIrqLine, PirqRouter::kIsaIrqs> isa{};
  PirqRouter router;
};

void set_byte(IsaBridge& bridge, std::uint32_t offset, std::uint8_t value) {
  const std::lock_guard guard(bridge.lock());
  const std::byte byte{value};
  bridge.config_write(offset, {&byte, 1});
}

std::uint32_t get(IsaBridge& bridge, std::uint32_t offset, std::size_t bytes) {
  const std::lock_guard guard(bridge.lock());
  std::array<std::byte, 4> data{};
  bridge.config_read(offset, std::span(data).first(bytes));
  return static_cast<std::uint32_t>(load_le(data));
}

TEST_CASE("slots and pins spread over the eight PIRQs") {
  Board board;
  const auto a = board.router.connect(3, 0);
  const auto d = board.router.connect(6, 3);

  a->set(true);
  CHECK(board.ioapic[3].asserted());
  d->set(true);
  CHECK(board.ioapic[1].asserted());
  a->set(false);
  CHECK_FALSE(board.ioapic[3].asserted());
}

TEST_CASE("functions on the same PIRQ are wire-ORed") {
  Board board;
  const auto first = board.router.connect(1, 0);
  const auto second = board.router.connect(9, 0);

  first->set(true);
  second->set(true);
  first->set(false);
  CHECK(board.ioapic[1].asserted());
  second->set(false);
  CHECK_FALSE(board.ioapic[1].asserted());
  CHECK(board.ioapic[1].rises() == 1);
}

TEST_CASE("after power-on no PIRQ reaches the 8259s") {
  Board board;
  const IsaBridge bridge(board.router, {0x600});
  const auto wire = board.router.connect(2, 0);
  wire->set(true);

  for (const test::FakeIrqLine& line : board.isa) CHECK_FALSE(line.asserted());
}

TEST_CASE("firmware routes PIRQs to ISA interrupts by the bridge's registers") {
  Board board;
  IsaBridge bridge(board.router, {0x600});
  const auto c = board.router.connect(2, 0);  // PIRQC.
  const auto h = board.router.connect(7, 0);  // PIRQH.
  c->set(true);
  set_byte(bridge, IsaBridge::kPirqARout + 2, 11);
  set_byte(bridge, IsaBridge::kPirqERout + 3, 11);
  CHECK(board.isa[11].asserted());

  h->set(true);
  c->set(false);
  CHECK(board.isa[11].asserted());
  set_byte(bridge, IsaBridge::kPirqERout + 3, 10);
  CHECK_FALSE(board.isa[11].asserted());
  CHECK(board.isa[10].asserted());
  set_byte(bridge, IsaBridge::kPirqERout + 3, 0x80 | 10);
  CHECK_FALSE(board.isa[10].asserted());
}

TEST_CASE("reserved and unconnected ISA interrupts are not driven") {
  Board board;
  IsaBridge bridge(board.router, {0x600});
  const auto wire = board.router.connect(0, 0);
  wire->set(true);

  for (const std::uint8_t irq : std::initializer_list<std::uint8_t>{0, 1, 2, 8, 13, 4}) {
    set_byte(bridge, IsaBridge::kPirqARout, irq);
    CHECK_FALSE(board.isa[irq].asserted());
  }
}

TEST_CASE("the ISA bridge is an ICH9's and says where the ACPI block is") {
  Board board;
  IsaBridge bridge(board.router, {0x600});

  CHECK(get(bridge, 0x00, 4) == 0x29188086);
  CHECK(get(bridge, 0x08, 4) == 0x06010002);
  CHECK(get(bridge, 0x0e, 1) == 0);
  CHECK(get(bridge, 0x40, 4) == 0x601);
  CHECK(get(bridge, 0x44, 1) == 0x80);
  CHECK(get(bridge, 0x60, 4) == 0x80808080);
  CHECK(get(bridge, 0x68, 4) == 0x80808080);
}

TEST_CASE("a reset of the bridge disconnects the 8259s") {
  Board board;
  IsaBridge bridge(board.router, {0x600});
  const auto wire = board.router.connect(0, 0);
  wire->set(true);
  set_byte(bridge, IsaBridge::kPirqARout, 10);
  REQUIRE(board.isa[10].asserted());

  bridge.reset();

  CHECK_FALSE(board.isa[10].asserted());
  CHECK(get(bridge, 0x60, 1) == 0x80);
}

}  // namespace
}  // namespace minivmm::pci
