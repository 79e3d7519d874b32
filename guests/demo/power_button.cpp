#include "demo/power_button.h"

#include <cstdint>

#include "lib/apic.h"
#include "lib/exit.h"
#include "lib/interrupts.h"
#include "lib/io.h"
#include "lib/print.h"

namespace guest {
namespace {

constexpr std::uint8_t kSci = 9;  // The FADT's SCI_INT; level, active high by the MADT.
constexpr std::uint8_t kVector = 0x31;
constexpr std::uint16_t kPm1Status = 0x600;  // PMBASE + 0, + 2 (ICH9 13.8.3.1).
constexpr std::uint16_t kPm1Enable = 0x602;
constexpr std::uint16_t kPowerButton = 1u << 8;  // PWRBTN_STS, PWRBTN_EN.

GUEST_INTERRUPT void on_sci(InterruptFrame*) {
  if ((in16(kPm1Status) & kPowerButton) != 0) {
    print("\nThe power button was pressed. Good-bye.\n");
    power_off();
  }
  lapic_end();
}

}  // namespace

void power_button_init() {
  set_handler(kVector, on_sci);
  io_apic_route(kSci, kVector, lapic_id(), Trigger::kLevelHigh);
  out16(kPm1Status, kPowerButton);  // Writing a one clears it.
  out16(kPm1Enable, kPowerButton);
}

}  // namespace guest
