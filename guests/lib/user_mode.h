#pragma once
// Ring 3.

namespace guest {

/// Goes on in `function`, in ring 3 with IOPL 3 (it may do port I/O) and interrupts off, on the
/// stack that ends at `stack_top`. There is no way back: `function` ends the guest itself.
[[noreturn]] void enter_user_mode(void (*function)(), void* stack_top);

}  // namespace guest
