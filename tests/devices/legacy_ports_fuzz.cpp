// A guest that does anything to the PC's old ports, while time passes and bytes arrive.

#include <cstdlib>

#include "bus/bus.h"
#include "devices/acpi_pm.h"
#include "devices/cmos_rtc.h"
#include "devices/i8042.h"
#include "devices/uart16550.h"
#include "support/fake_char_backend.h"
#include "support/fake_irq_line.h"
#include "support/fake_power_control.h"
#include "support/fake_time.h"
#include "support/fuzz_input.h"
#include "support/guest_access.h"

namespace minivmm {
namespace {

struct Machine {
  Machine() {
    add({{0x3f8}, Uart16550::kPorts}, uart);
    add({{0x60}, 1}, keyboard, I8042::kDataPort);
    add({{0x64}, 1}, keyboard, I8042::kCommandPort);
    add({{0x70}, CmosRtc::kPorts}, rtc);
    add({{0x600}, acpi::kPmBlockSize}, pm);
  }
  void add(GuestRange range, IoDevice& device, std::uint64_t first_offset = 0) {
    if (!ports.add(range, device, first_offset)) std::abort();
  }

  test::FakeIrqLine irq[5]{};
  test::FakeCharBackend line{};
  test::FakePowerControl power{};
  test::FakeTime time{};
  Uart16550 uart{irq[0], line};
  I8042 keyboard{
      {.keyboard_irq = irq[1], .mouse_irq = irq[2], .power = power, .clock = time, .loop = time}};
  CmosRtc rtc{{2ull << 30, 1ull << 30}, irq[3], time, time};
  AcpiPm pm{irq[4], power, time, time};
  Bus ports{};
};

constexpr std::uint16_t kPorts[] = {0x3f8, 0x3f9, 0x3fa, 0x3fb, 0x3fc, 0x3fd, 0x3fe, 0x3ff,
                                    0x60,  0x64,  0x70,  0x71,  0x70,  0x71,  0x600, 0x602,
                                    0x604, 0x608, 0x620, 0x628, 0x630, 0x67f};

void step(Machine& machine, test::FuzzInput& input) {
  const auto action = input.take<std::uint8_t>();
  const auto value = input.take<std::uint16_t>();
  if ((action & 0xe0) == 0xe0) {
    // Up to 17 minutes at a time, and never so long that the periodic interrupt takes all day.
    machine.time.advance(std::chrono::microseconds(value) * ((action & 1) != 0 ? 1 : 1000));
    return;
  }
  if ((action & 0xe0) == 0xc0) {
    std::byte bytes[32]{};
    const std::span<const std::byte> typed = std::span(bytes).first(value % 33);
    if (machine.uart.receive(typed) > typed.size()) std::abort();
    return;
  }
  const std::uint16_t port = kPorts[(action & 0x1f) % std::size(kPorts)];
  if ((action & 0x20) != 0) {
    test::store<std::uint16_t>(machine.ports, port, value);
  } else if ((action & 0x40) != 0) {
    test::load<std::uint32_t>(machine.ports, port);
  } else {
    test::store<std::uint8_t>(machine.ports, port, static_cast<std::uint8_t>(value));
    test::load<std::uint8_t>(machine.ports, port);
  }
}

}  // namespace
}  // namespace minivmm

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  minivmm::Machine machine;
  minivmm::test::FuzzInput input(data, size);
  while (!input.empty()) minivmm::step(machine, input);
  return 0;
}
