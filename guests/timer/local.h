#pragma once
// What each CPU has of its own.

/// One-shot, periodic, and TSC-deadline if it is offered.
void check_lapic_timer();
/// That the TSC runs, and always as fast as the PM timer says.
void check_tsc();
