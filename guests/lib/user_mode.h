#pragma once
// Ring 3.

namespace guest {

inline constexpr unsigned kUserPorts = 0x1000;

/// Goes on in `function`, in ring 3 with interrupts off, on the stack that ends at `stack_top`. It
/// may use the ports below kUserPorts. There is no way back: `function` ends the guest itself.
[[noreturn]] void enter_user_mode(void (*function)(), void* stack_top);

}  // namespace guest
