// A guest that does anything to the VGA's ports, registers and memory, while somebody looks; some
// of its writes are posted.

#include <cstdlib>

#include "devices/vga/vga_machine.h"
#include "support/fuzz_input.h"

namespace minivmm {
namespace {

constexpr std::uint16_t kPorts[] = {0x3b4, 0x3b5, 0x3ba, 0x3c0, 0x3c1, 0x3c2, 0x3c3, 0x3c4,
                                    0x3c5, 0x3c6, 0x3c7, 0x3c8, 0x3c9, 0x3ca, 0x3cc, 0x3ce,
                                    0x3cf, 0x3d4, 0x3d5, 0x3da, 0x1ce, 0x1cf, 0x1d0};

const test::VgaMode* const kModes[] = {&test::kMode3,  &test::kMode7, &test::kMode4,
                                       &test::kMode6,  &test::kModeD, &test::kMode12,
                                       &test::kMode13, &test::kModeX};

/// The largest pictures take long, and nobody looks at each: three a run.
struct Guest {
  test::PostingMachine machine{};
  unsigned draws = 3;
};

void look(Guest& guest) {
  if (guest.draws == 0) return;
  --guest.draws;
  test::VgaMachine& machine = guest.machine;
  const std::vector<RowRange> rows = machine.draw();
  if (machine.size.width > 16384 || machine.size.height > 16384) std::abort();
  unsigned before = 0;
  for (const RowRange& row : rows) {
    if (row.first < before || row.end <= row.first || row.end > machine.size.height) std::abort();
    before = row.end;
  }
  const std::lock_guard guard(machine.vga.lock());
  static_cast<void>(machine.vga.text());
  static_cast<void>(machine.vga.next_change_due());
  machine.vga.when_changed([] {});
}

void access_memory(test::VgaMachine& machine, std::uint8_t action, std::uint16_t value) {
  const std::uint64_t address = 0xa0000 + (action & 1u) * 0x10000u + value;
  if ((action & 2) != 0) {
    static_cast<void>(machine.peek(address));
  } else if ((action & 4) != 0) {
    test::store(machine.mmio, address, std::uint64_t{value} * 0x10001u);
  } else {
    machine.poke(address, value & 0xffu);
  }
}

void access_bars(test::VgaMachine& machine, std::uint8_t action, std::uint16_t value) {
  if ((action & 1) != 0) {
    const std::uint64_t registers = test::VgaMachine::kRegisters + (value & 0xfff);
    test::store(machine.mmio, registers, static_cast<std::uint32_t>(value * 0x01010101u));
    test::load<std::uint16_t>(machine.mmio, registers);
  } else {
    const std::uint64_t pixel = test::VgaMachine::kFramebuffer + value * 16u;
    test::store(machine.mmio, pixel, static_cast<std::uint32_t>(value * 0x10001u));
    test::load<std::uint64_t>(machine.mmio, pixel);
  }
}

void step(Guest& guest, test::FuzzInput& input) {
  test::VgaMachine& machine = guest.machine;
  const auto action = input.take<std::uint8_t>();
  const auto value = input.take<std::uint16_t>();
  const std::uint16_t port = kPorts[(action & 0x1f) % std::size(kPorts)];
  switch (action >> 5) {
    case 0:
      return test::store(machine.ports, port, static_cast<std::uint8_t>(value));
    case 1:
      return test::store(machine.ports, port, value);
    case 2:
      static_cast<void>(test::load<std::uint16_t>(machine.ports, port));
      return machine.dispi(action & 0x0f, value);
    case 3:
      return machine.indexed(port & ~1u, value & 0xff, value >> 8);
    case 4:
      if ((action & 0x10) != 0) return machine.set_mode(*kModes[value % std::size(kModes)]);
      return machine.set_dispi_mode(value & 0x7ff, value >> 6, (action & 7u) * 8 + 4);
    case 5:
      return access_memory(machine, action, value);
    case 6:
      return access_bars(machine, action, value);
    default:
      machine.time.advance(std::chrono::microseconds(value));
      return look(guest);
  }
}

}  // namespace
}  // namespace minivmm

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  minivmm::Guest guest;
  guest.machine.map_bars();
  minivmm::test::FuzzInput input(data, size);
  for (unsigned steps = 0; steps < 1000 && !input.empty(); ++steps) {
    minivmm::step(guest, input);
    // What a register ends must end at once.
    if (guest.machine.legacy.mapped() && guest.machine.posted->active) std::abort();
  }
  minivmm::look(guest);
  return 0;
}
