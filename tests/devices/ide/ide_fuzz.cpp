// A guest that does anything to the ports of an IDE controller, with any tables in its memory.

#include <cstdlib>

#include "support/fuzz_input.h"
#include "support/ide_machine.h"

namespace minivmm {
namespace {

using test::FuzzInput;
using test::IdeMachine;

constexpr std::array<std::uint16_t, 5> kBases{0x1f0, 0x170, 0x3f0, 0x370, test::kBusMasterBase};

void access(IdeMachine& machine, std::uint8_t action, FuzzInput& input) {
  const auto place = input.take<std::uint8_t>();
  const auto port = static_cast<std::uint16_t>(kBases[place % kBases.size()] + (place >> 4));
  std::byte bytes[8];
  const std::span<std::byte> data = std::span(bytes).first(std::size_t{1} << (action >> 2 & 3));
  store_le(data, input.take<std::uint32_t>());
  if ((action & 0x10) != 0)
    machine.ports.read(port, data);
  else
    machine.ports.write(port, data);
}

// A command with its parameters, near enough to a right one to get far.
void command(IdeMachine& machine, FuzzInput& input) {
  const auto& at = (input.take<std::uint8_t>() & 1) != 0 ? test::kSecondary : test::kPrimary;
  const auto lba = input.take<std::uint32_t>();
  machine.set_lba48(at, lba, input.take<std::uint16_t>());
  machine.set_lba28(at, lba & 0xfff, input.take<std::uint8_t>());
  machine.set(at, 1, input.take<std::uint8_t>());
  machine.set(at, 7, input.take<std::uint8_t>());
}

void dma(IdeMachine& machine, FuzzInput& input) {
  const auto choice = input.take<std::uint8_t>();
  const auto& at = (choice & 1) != 0 ? test::kSecondary : test::kPrimary;
  for (std::uint32_t i = 0; i < 4; ++i) {
    machine.poke(IdeMachine::kTable + 8 * i, input.take<std::uint32_t>() & 0x8fff'ffff);
    machine.poke(IdeMachine::kTable + 8 * i + 4, input.take<std::uint32_t>());
  }
  test::store<std::uint32_t>(machine.ports, at.bus_master + 4u, IdeMachine::kTable + (choice & 4));
  machine.out8(at.bus_master, (choice & 2) != 0 ? 0x09 : 0x01);
}

// Many words through a data port, as string instructions do.
void data(IdeMachine& machine, FuzzInput& input) {
  const auto choice = input.take<std::uint8_t>();
  const std::uint16_t port = (choice & 1) != 0 ? 0x170 : 0x1f0;
  for (unsigned i = 0; i < 16u * (choice >> 2); ++i) {
    if ((choice & 2) != 0)
      test::load<std::uint16_t>(machine.ports, port);
    else
      test::store<std::uint16_t>(machine.ports, port, static_cast<std::uint16_t>(i * 77));
  }
}

void configure(IdeMachine& machine, FuzzInput& input) {
  std::byte bytes[4];
  const auto offset = input.take<std::uint8_t>();
  store_le(bytes, input.take<std::uint32_t>());
  const std::lock_guard guard(machine.controller.lock());
  machine.controller.config_write(offset, bytes);
}

void step(IdeMachine& machine, FuzzInput& input) {
  const auto action = input.take<std::uint8_t>();
  switch (action % 8) {
    case 0:
      return machine.serve();
    case 1:
      return command(machine, input);
    case 2:
      return dma(machine, input);
    case 3:
      return data(machine, input);
    case 4:
      if (action >= 0xf0) return configure(machine, input);
      return machine.serve();
    default:
      return access(machine, action, input);
  }
}

// Whatever a guest did: after a reset the disk works.
void check(IdeMachine& machine) {
  machine.serve();
  machine.controller.enable_as_firmware();
  machine.out8(test::kPrimary.control, 0x04);
  machine.out8(test::kPrimary.control, 0);
  machine.serve();
  machine.set(test::kPrimary, 6, 0xe0);
  machine.command(test::kPrimary, 0xec);
  if ((machine.status(test::kPrimary) & 0x89) != 0x08) std::abort();
}

}  // namespace
}  // namespace minivmm

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  minivmm::test::IdeMachine machine({.size = 64 << 10}, minivmm::test::IdeMachine::Contents::kZero);
  minivmm::test::FuzzInput input(data, size);
  while (!input.empty()) minivmm::step(machine, input);
  minivmm::check(machine);
  return 0;
}
