#include "lib/user_mode.h"

#include <cstdint>

#include "lib/selectors.h"

namespace guest {

void enter_user_mode(void (*function)(), void* stack_top) {
  constexpr std::uint64_t kFlags = 0x3002;  // IOPL 3, and the bit that is always set.
  // As after a call: the stack is 8 below a multiple of 16.
  const std::uint64_t stack = (reinterpret_cast<std::uint64_t>(stack_top) & ~15ull) - 8;
  asm volatile("pushq %[ss]; pushq %[stack]; pushq %[flags]; pushq %[cs]; pushq %[rip]; iretq"
               :
               : [ss] "i"(SELECTOR_USER_DATA), [stack] "r"(stack), [flags] "i"(kFlags),
                 [cs] "i"(SELECTOR_USER_CODE64), [rip] "r"(function)
               : "memory");
  __builtin_unreachable();
}

}  // namespace guest
