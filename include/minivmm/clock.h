#pragma once
// Time, as devices see it; tests put in their own.

#include <chrono>

namespace minivmm {

/// Threads: any.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Monotonic, from an arbitrary start. Drives counters (the ACPI PM timer).
  [[nodiscard]] virtual std::chrono::nanoseconds monotonic() const = 0;
  /// Seconds and more since 1970 in UTC. Drives the RTC.
  [[nodiscard]] virtual std::chrono::system_clock::time_point wall() const = 0;
};

/// The host's own clocks.
class HostClock final : public Clock {
 public:
  [[nodiscard]] std::chrono::nanoseconds monotonic() const override {
    return std::chrono::steady_clock::now().time_since_epoch();
  }
  [[nodiscard]] std::chrono::system_clock::time_point wall() const override {
    return std::chrono::system_clock::now();
  }
};

}  // namespace minivmm
