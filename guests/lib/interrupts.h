#pragma once
// The interrupt descriptor table: handlers are functions with the attribute `interrupt`, which the
// compiler gives the right prologue. A fault prints where it was and ends the guest.

#include <cstdint>

namespace guest {

/// What the CPU pushes (Intel SDM volume 3A, 6.14.2).
struct InterruptFrame {
  std::uint64_t rip, cs, rflags, rsp, ss;
};
using InterruptHandler = void (*)(InterruptFrame*);

#define GUEST_INTERRUPT __attribute__((interrupt))

/// The first vector that is not an exception.
inline constexpr std::uint8_t kFirstVector = 0x20;

/// Loads the table, with handlers for faults.
void interrupts_init();
/// For another CPU: loads the same table.
void interrupts_load();
void set_handler(std::uint8_t vector, InterruptHandler handler);

}  // namespace guest
