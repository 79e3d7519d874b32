#pragma once
// The 8254 of a PC, by all its ways to a CPU.

void check_pit_by_pic();
void check_pit_by_io_apic();
/// Polled by port 0x61, as systems do to measure the TSC.
void check_pit_channel_2();
