#pragma once
// What a guest can ask of its machine as a whole through a device.

#include <cstdint>

namespace minivmm {

/// Implemented by the machine; called by devices (0xcf9, i8042, ACPI PM, isa-debug-exit).
/// Threads: any; returns at once, the vCPUs stop soon after.
class PowerControl {
 public:
  virtual ~PowerControl() = default;
  virtual void power_off() = 0;
  virtual void reset() = 0;
  /// isa-debug-exit wrote value.
  virtual void debug_exit(std::uint32_t value) = 0;
};

}  // namespace minivmm
