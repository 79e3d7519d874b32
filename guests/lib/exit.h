#pragma once
// How a guest ends and what it then has said: the exit status of the VMM, by isa-debug-exit, is
// (value << 1) | 1, so success is 33, and the failure of the guest's check number n is 65 + 2n.

#include <cstdint>

namespace guest {

inline constexpr std::uint8_t kSuccess = 0x10;
inline constexpr std::uint8_t kFailureBase = 0x20;
/// Failures above this share it, so that the status stays below 256.
inline constexpr unsigned kLastFailure = 0x5f;

/// By isa-debug-exit; where there is none, by ACPI's S5.
[[noreturn]] void exit_guest(std::uint8_t value);
/// ACPI's S5: the machine's power goes off.
[[noreturn]] void power_off();
/// By the reset control register (ICH9, 0xcf9).
[[noreturn]] void reset_machine();
/// From here on, any exception is a triple fault.
void drop_exception_table();
/// A triple fault: an exception without a table of handlers.
[[noreturn]] void crash();
/// Sleeps with interrupts off.
[[noreturn]] void halt();

/// One check, told as a sentence. If it doesn't hold, that is the end of the guest.
void check(bool holds, const char* sentence);
/// The end of a guest whose checks all held.
[[noreturn]] void succeed();

}  // namespace guest
