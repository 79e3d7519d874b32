#pragma once
// Registers and crashes in words for people.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "kvm/registers.h"
#include "kvm/vcpu.h"
#include "kvm/vcpu_exit.h"
#include "minivmm/guest_memory.h"

namespace minivmm::kvm {

/// All registers, several lines, each ended by a newline.
[[nodiscard]] std::string describe(const Registers& registers, const SpecialRegisters& special);

/// The bytes at CS:RIP, and where they are.
struct CodeBytes {
  std::uint64_t linear = 0;
  std::span<const std::byte> bytes;  ///< Empty: unreadable.
};

/// What happened, in plain words, then the code bytes and the registers; several lines, each ended
/// by a newline. For the exits that end a guest: FailEntry, InternalError, Shutdown, Unknown; any
/// other is told by its name.
[[nodiscard]] std::string crash_account(const VcpuExit& exit, unsigned vcpu,
                                        const Registers& registers, const SpecialRegisters& special,
                                        const CodeBytes& code);

/// The same, with everything read from the vCPU, which must not be running.
[[nodiscard]] std::string crash_account(const VcpuExit& exit, const Vcpu& vcpu,
                                        const GuestMemory& memory);

}  // namespace minivmm::kvm
