#include "lib/user_mode.h"

#include <cstddef>
#include <cstdint>

#include "lib/selectors.h"

extern "C" std::uint64_t gdt[];

namespace guest {
namespace {

// Intel SDM volume 3A, 7.7, and volume 1, 18.5.2: what lets ring 3 use ports even where a
// hypervisor doesn't honour IOPL 3. A zero is a permission; a byte of ones has to follow.
struct __attribute__((packed)) Task {
  std::uint32_t reserved0;
  std::uint64_t stacks[3], reserved1, interrupt_stacks[7], reserved2;
  std::uint16_t reserved3, permissions_offset;
  std::uint8_t permissions[kUserPorts / 8];
  std::uint8_t end;
};
static_assert(offsetof(Task, permissions) == 104);

Task task;

/// Intel SDM volume 3A, 7.2.3: an available 64-bit TSS, present.
void load_task() {
  task.permissions_offset = offsetof(Task, permissions);
  task.end = 0xff;
  constexpr std::uint64_t kPresentTask = 0x89ull << 40;
  const auto base = reinterpret_cast<std::uint64_t>(&task);
  std::uint64_t* descriptor = gdt + SELECTOR_TASK / 8;
  descriptor[0] =
      (sizeof(Task) - 1) | (base & 0xff'ffff) << 16 | kPresentTask | (base >> 24 & 0xff) << 56;
  descriptor[1] = base >> 32;
  asm volatile("ltr %w0" : : "r"(SELECTOR_TASK) : "memory");
}

}  // namespace

void enter_user_mode(void (*function)(), void* stack_top) {
  load_task();
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
