#pragma once
// Microseconds for measuring, in ring 0 and ring 3, without an exit: KVM's clock where it is
// offered, else the TSC, compared with the PM timer at the start.

#include <cstdint>

#include "lib/clock.h"

namespace guest {

class Stopwatch {
 public:
  /// In ring 0. May take 20 ms.
  void init();
  [[nodiscard]] std::uint64_t microseconds() const;

 private:
  bool kvm_clock_ = false;
  std::uint64_t tsc_per_millisecond_ = 0;
  KvmClockPage page_ = {};
};

}  // namespace guest
