#pragma once
// Why a guest could not go on, in a sentence: the likeliest cause, from its registers and memory.

#include <cstdint>
#include <string>
#include <string_view>

#include "minivmm/cpu_registers.h"
#include "minivmm/guest_memory.h"

namespace minivmm::debug {

/// What KVM said.
enum class CrashKind : std::uint8_t {
  kTripleFault,
  kEmulation,  ///< An instruction that KVM has to emulate and can't.
  kOther,      ///< Told by KVM's own words only.
};

/// A vCPU as it stopped, RIP at the instruction that it could not get past.
struct CrashedCpu {
  const GuestMemory& memory;
  const CpuRegisters& registers;
  const CpuSpecialRegisters& special;
};

/// "#PF", "#GP", "vector 0x20".
[[nodiscard]] std::string exception_name(std::uint8_t vector);

/// The instruction at RIP as text; empty: it can't be read or decoded.
[[nodiscard]] std::string instruction_text(const CrashedCpu& cpu);

/// "#PF on 'push rax': the stack 0x7ffff8 is not mapped; the IDT has no handler for it (vector 14:
/// beyond the IDT's limit)". One or two sentences, not ended by a newline; empty when nothing
/// stands out. It is a reading of the evidence, not a proof: the guest is hostile, and its memory
/// may have changed since.
[[nodiscard]] std::string likeliest_cause(CrashKind kind, const CrashedCpu& cpu);

/// Why this exception can't be delivered; empty: it can, as far as can be seen. Pushing its frame
/// from RSP, or from the stack that TSS and gate name.
[[nodiscard]] std::string delivery_problem(const CrashedCpu& cpu, std::uint8_t vector);

}  // namespace minivmm::debug
