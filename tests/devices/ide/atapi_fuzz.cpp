// A guest that sends any packets to a CD-ROM drive, and takes the answers, or not.

#include <cstdlib>

#include "support/fuzz_input.h"
#include "support/ide_machine.h"

namespace minivmm {
namespace {

using test::FuzzInput;
using test::IdeMachine;
using test::kSecondary;

void send(IdeMachine& machine, FuzzInput& input) {
  const auto how = input.take<std::uint8_t>();
  machine.set(kSecondary, 1, how & 1);
  machine.set(kSecondary, 4, input.take<std::uint8_t>());
  machine.set(kSecondary, 5, input.take<std::uint8_t>());
  machine.command(kSecondary, 0xa0);
  test::Bytes packet;
  for (int i = 0; i < 12; ++i) packet.push_back(input.take<std::uint8_t>());
  machine.write_data(kSecondary, packet);
  if ((how & 1) != 0) {
    machine.set_table(kSecondary, {{0x1'0000, input.take<std::uint16_t>()}, {0x3'0000, 0}});
    machine.start_dma(kSecondary, IdeMachine::Dma::kToMemory);
    machine.out8(kSecondary.bus_master, 0);
  } else if ((how & 2) != 0) {
    static_cast<void>(machine.answer());
  }
  if ((how & 4) != 0) machine.command(kSecondary, 0x08);
}

void step(IdeMachine& machine, FuzzInput& input) {
  switch (input.take<std::uint8_t>() & 0x1f) {
    case 0: {
      const std::lock_guard guard(machine.controller.lock());
      static_cast<void>(machine.cd.press_eject());
      return;
    }
    case 1: {
      const std::lock_guard guard(machine.controller.lock());
      machine.cd.take_out();
      machine.cd.insert(machine.disc_queue);
      return;
    }
    default:
      return send(machine, input);
  }
}

// Whatever was sent: after a reset the drive takes a packet, and answers it.
void check(IdeMachine& machine) {
  machine.command(kSecondary, 0x08);
  machine.serve();
  machine.packet({0x12, 0, 0, 0, 36});
  if (machine.answer().size() != 36) std::abort();
}

}  // namespace
}  // namespace minivmm

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  minivmm::test::IdeMachine machine({.size = 4096}, minivmm::test::IdeMachine::Contents::kZero);
  minivmm::test::FuzzInput input(data, size);
  while (!input.empty()) minivmm::step(machine, input);
  minivmm::check(machine);
  return 0;
}
