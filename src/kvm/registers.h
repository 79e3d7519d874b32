#pragma once
// The registers with which a vCPU begins.

#include "minivmm/cpu_entry.h"
#include "minivmm/cpu_registers.h"

namespace minivmm::kvm {

using Registers = CpuRegisters;
using Segment = CpuSegment;
using SpecialRegisters = CpuSpecialRegisters;

/// The registers with which a vCPU enters its guest as entry says. apic_base is 0: whoever sets
/// them keeps the vCPU's own.
[[nodiscard]] Registers entry_registers(const CpuEntry& entry);
[[nodiscard]] SpecialRegisters entry_special_registers(const CpuEntry& entry);

}  // namespace minivmm::kvm
