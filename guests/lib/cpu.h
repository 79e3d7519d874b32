#pragma once
// Instructions that C++ has no words for.

#include <cstdint>

namespace guest {

struct Cpuid {
  std::uint32_t eax, ebx, ecx, edx;
};

inline Cpuid cpuid(std::uint32_t leaf, std::uint32_t subleaf = 0) {
  Cpuid result;
  asm volatile("cpuid"
               : "=a"(result.eax), "=b"(result.ebx), "=c"(result.ecx), "=d"(result.edx)
               : "a"(leaf), "c"(subleaf));
  return result;
}

inline std::uint64_t read_msr(std::uint32_t msr) {
  std::uint32_t low, high;
  asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
  return std::uint64_t{high} << 32 | low;
}
inline void write_msr(std::uint32_t msr, std::uint64_t value) {
  asm volatile("wrmsr"
               :
               : "c"(msr), "a"(static_cast<std::uint32_t>(value)),
                 "d"(static_cast<std::uint32_t>(value >> 32))
               : "memory");
}

inline std::uint64_t read_tsc() {
  std::uint32_t low, high;
  asm volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
  return std::uint64_t{high} << 32 | low;
}

inline void pause() {
  asm volatile("pause" : : : "memory");
}
inline void disable_interrupts() {
  asm volatile("cli" : : : "memory");
}
inline void enable_interrupts() {
  asm volatile("sti" : : : "memory");
}
/// Sleeps until an interrupt: STI's shadow lets none slip in between. Returns with interrupts off.
inline void wait_for_interrupt() {
  asm volatile("sti; hlt; cli" : : : "memory");
}

/// Stores before are seen before loads after. A locked instruction, since every emulator of
/// instructions has those, and not every one has MFENCE.
inline void full_barrier() {
  asm volatile("lock; orl $0, -4(%%rsp)" : : : "memory", "cc");
}
/// x86 keeps loads, and stores, in order (Intel SDM volume 3A, 9.2.2): the compiler has to, too.
inline void compiler_barrier() {
  asm volatile("" : : : "memory");
}

}  // namespace guest
