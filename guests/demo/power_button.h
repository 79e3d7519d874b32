#pragma once
// The machine's power button, as ACPI's fixed hardware has it (ACPI 6.4, 4.8.2.2.1).

namespace guest {

/// From now on pressing it switches the machine off, whatever the demo is doing.
void power_button_init();

}  // namespace guest
