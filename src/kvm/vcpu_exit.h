#pragma once
// Why a vCPU stopped running its guest, one type a reason (Linux Documentation/virt/kvm/api.rst,
// section 5, "The kvm_run structure").

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include "minivmm/guest_address.h"

namespace minivmm::kvm {

// The spans of PioIn, PioOut, MmioRead and MmioWrite are in the page that the vCPU shares with KVM:
// valid until the vCPU's next run(), whose first act is to finish the instruction with them.

/// IN or INS: fill data, count() values of width bytes each, one after the other.
struct PioIn {
  Port port;
  unsigned width = 1;  ///< In bytes: 1, 2 or 4.
  std::span<std::byte> data;
  [[nodiscard]] std::size_t count() const { return data.size() / width; }
};
/// OUT or OUTS.
struct PioOut {
  Port port;
  unsigned width = 1;
  std::span<const std::byte> data;
  [[nodiscard]] std::size_t count() const { return data.size() / width; }
};
/// Fill data, 1 to 8 bytes.
struct MmioRead {
  GuestAddress address;
  std::span<std::byte> data;
};
struct MmioWrite {
  GuestAddress address;
  std::span<const std::byte> data;
};
/// HLT in a VM without KVM's irqchip; with it a halted vCPU waits inside KVM.
struct Halt {};
/// A triple fault.
struct Shutdown {};
/// The CPU refused to enter the guest.
struct FailEntry {
  std::uint64_t hardware_reason = 0;  ///< VMX: exit reason or instruction error; SVM: exit code.
  std::uint32_t cpu = 0;              ///< Of the host; all ones when KVM doesn't know.
};
/// KVM could not go on.
struct InternalError {
  std::uint32_t suberror = 0;  ///< KVM_INTERNAL_ERROR_*; account.h has their names.
  std::array<std::uint64_t, 16> data_words{};
  std::size_t data_count = 0;
  std::array<std::byte, 15> instruction_bytes{};  ///< Emulation failures: what KVM had fetched.
  std::size_t instruction_size = 0;

  [[nodiscard]] std::span<const std::uint64_t> data() const {
    return std::span(data_words).first(data_count);
  }
  /// KVM_INTERNAL_ERROR_EMULATION: an instruction that KVM has to emulate and can't.
  [[nodiscard]] bool is_emulation_failure() const { return suberror == 1; }
  [[nodiscard]] std::span<const std::byte> instruction() const {
    return std::span(instruction_bytes).first(instruction_size);
  }
};
/// The guest's access to memory failed in the host (EFAULT): the memory behind a slot can't be had,
/// or is write-protected (memory_windows.h). Nothing of the instruction is done; run() tries it
/// again.
struct MemoryFault {};
/// A whole-machine event that KVM saw itself (KVM_SYSTEM_EVENT_*).
struct SystemEvent {
  std::uint32_t type = 0;
};
/// A signal, a kick, or a vCPU that was woken without having anything to run: look, and run again.
struct Interrupted {};
/// A breakpoint or single step that KVM_SET_GUEST_DEBUG asked for.
struct Debug {
  std::uint32_t exception = 0;  ///< Vector: 1 #DB, 3 #BP.
  std::uint64_t pc = 0;         ///< Linear: CS base + RIP.
  std::uint64_t dr6 = 0;
  std::uint64_t dr7 = 0;
};
/// RDMSR or WRMSR of an MSR that Vm::set_msr_exits() named. Already answered, as KVM would have.
struct MsrRead {
  std::uint32_t index = 0;
  std::uint64_t value = 0;
  bool refused = false;  ///< The guest gets #GP.
};
struct MsrWrite {
  std::uint32_t index = 0;
  std::uint64_t value = 0;
  bool refused = false;
};
/// An exit reason that minivmm never asked KVM for.
struct Unknown {
  std::uint32_t reason = 0;
  std::uint64_t hardware_reason = 0;  ///< Only for KVM_EXIT_UNKNOWN (reason 0).
};

using VcpuExit =
    std::variant<PioIn, PioOut, MmioRead, MmioWrite, Halt, Shutdown, FailEntry, InternalError,
                 MemoryFault, SystemEvent, Interrupted, Debug, MsrRead, MsrWrite, Unknown>;

/// "pio-in", "mmio-write", ...: stable names for reports and statistics.
[[nodiscard]] std::string_view name(const VcpuExit& exit);

}  // namespace minivmm::kvm
