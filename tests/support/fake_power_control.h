#pragma once
// Remembers what a guest asked of its machine.

#include <cstdint>
#include <optional>

#include "minivmm/power_control.h"

namespace minivmm::test {

class FakePowerControl final : public PowerControl {
 public:
  void power_off() override { ++power_offs; }
  void reset() override { ++resets; }
  void debug_exit(std::uint32_t value) override { exit_value = value; }

  int power_offs = 0;
  int resets = 0;
  std::optional<std::uint32_t> exit_value{};
};

}  // namespace minivmm::test
