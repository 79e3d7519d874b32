#include "kvm/exit_decoder.h"

#include <algorithm>
#include <cstring>

namespace minivmm::kvm {
namespace {

VcpuExit decode_pio(kvm_run& run) {
  std::byte* data = reinterpret_cast<std::byte*>(&run) + run.io.data_offset;
  const std::span<std::byte> bytes(data, std::size_t{run.io.size} * run.io.count);
  if (run.io.direction == KVM_EXIT_IO_IN) {
    return PioIn{.port = {run.io.port}, .width = run.io.size, .data = bytes};
  }
  return PioOut{.port = {run.io.port}, .width = run.io.size, .data = bytes};
}

VcpuExit decode_mmio(kvm_run& run) {
  const auto bytes = std::as_writable_bytes(std::span(run.mmio.data, run.mmio.len));
  if (run.mmio.is_write != 0) return MmioWrite{.address = {run.mmio.phys_addr}, .data = bytes};
  return MmioRead{.address = {run.mmio.phys_addr}, .data = bytes};
}

InternalError decode_internal_error(const kvm_run& run) {
  InternalError error;
  error.suberror = run.internal.suberror;
  error.data_count = std::min<std::size_t>(run.internal.ndata, error.data_words.size());
  std::copy_n(std::begin(run.internal.data), error.data_count, error.data_words.begin());
  // The instruction's bytes are in data[1] and data[2], if there are so many.
  constexpr std::size_t kWordsWithInstruction = 3;
  const auto& emulation = run.emulation_failure;
  if (error.suberror == KVM_INTERNAL_ERROR_EMULATION && error.data_count >= kWordsWithInstruction &&
      (emulation.flags & KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES) != 0) {
    error.instruction_size =
        std::min<std::size_t>(emulation.insn_size, error.instruction_bytes.size());
    std::memcpy(error.instruction_bytes.data(), emulation.insn_bytes, error.instruction_size);
  }
  return error;
}

}  // namespace

VcpuExit decode_exit(kvm_run& run) {
  switch (run.exit_reason) {
    case KVM_EXIT_IO:
      return decode_pio(run);
    case KVM_EXIT_MMIO:
      return decode_mmio(run);
    case KVM_EXIT_INTR:
    case KVM_EXIT_IRQ_WINDOW_OPEN:
      return Interrupted{};
    case KVM_EXIT_HLT:
      return Halt{};
    case KVM_EXIT_SHUTDOWN:
      return Shutdown{};
    case KVM_EXIT_FAIL_ENTRY:
      return FailEntry{.hardware_reason = run.fail_entry.hardware_entry_failure_reason,
                       .cpu = run.fail_entry.cpu};
    case KVM_EXIT_INTERNAL_ERROR:
      return decode_internal_error(run);
    case KVM_EXIT_SYSTEM_EVENT:
      return SystemEvent{.type = run.system_event.type};
    case KVM_EXIT_DEBUG:
      return Debug{.exception = run.debug.arch.exception,
                   .pc = run.debug.arch.pc,
                   .dr6 = run.debug.arch.dr6,
                   .dr7 = run.debug.arch.dr7};
    case KVM_EXIT_X86_RDMSR:
      return MsrRead{.index = run.msr.index, .value = run.msr.data, .refused = run.msr.error != 0};
    case KVM_EXIT_X86_WRMSR:
      return MsrWrite{.index = run.msr.index, .value = run.msr.data, .refused = run.msr.error != 0};
    case KVM_EXIT_UNKNOWN:
      return Unknown{.reason = KVM_EXIT_UNKNOWN, .hardware_reason = run.hw.hardware_exit_reason};
    default:
      return Unknown{.reason = run.exit_reason};
  }
}

}  // namespace minivmm::kvm
