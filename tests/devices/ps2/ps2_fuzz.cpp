// A guest that does anything to the keyboard controller's ports while a person types and moves.

#include <cstdlib>

#include "support/fuzz_input.h"
#include "support/ps2_machine.h"

namespace minivmm {
namespace {

/// Bit 5 of the status tells whose byte it is; no byte, no interrupt.
void check_interrupts(test::Ps2Machine& machine) {
  const unsigned status = machine.status();
  const bool full = (status & 0x01) != 0;
  const bool from_mouse = (status & 0x20) != 0;
  if (machine.irq1.asserted() && (!full || from_mouse)) std::abort();
  if (machine.irq12.asserted() && (!full || !from_mouse)) std::abort();
}

void step(test::Ps2Machine& machine, test::FuzzInput& input) {
  const auto action = input.take<std::uint8_t>();
  const auto value = input.take<std::uint8_t>();
  const Press press = (action & 0x80) != 0 ? Press::kDown : Press::kUp;
  switch (action & 0x0f) {
    case 0:
      return machine.command(value);
    case 1:
      return machine.write(value);
    case 2:
      machine.command(0xd4);
      return machine.write(value);
    case 3:
      return machine.enable_all();
    case 4:
      return machine.key(value, press);
    case 5:
      return machine.move(input.take<std::int32_t>(), input.take<std::int32_t>());
    case 6:
      return machine.move(static_cast<std::int8_t>(value), 1);
    case 7:
      return machine.button(static_cast<PointerButton>(value % 5), press);
    case 8:
      return machine.wheel(input.take<std::int32_t>(), value);
    case 9:
      return machine.time.advance(std::chrono::milliseconds(value));
    case 10:
      return machine.let_go();
    case 11:
      machine.read_all();
      return;
    default:
      machine.read();
      return;
  }
}

}  // namespace
}  // namespace minivmm

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  minivmm::test::Ps2Machine machine;
  minivmm::test::FuzzInput input(data, size);
  while (!input.empty()) {
    minivmm::step(machine, input);
    minivmm::check_interrupts(machine);
  }
  return 0;
}
