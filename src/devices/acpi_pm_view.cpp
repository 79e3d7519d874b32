// The ACPI block's registers in words.

#include "devices/acpi_pm.h"

namespace minivmm {

std::string AcpiPm::register_at(std::uint64_t offset, Access /*access*/) const {
  using namespace acpi;
  if (offset < kPm1Enable) return "PM1_STS";
  if (offset < kPm1Control) return "PM1_EN";
  if (offset < kPm1Control + kPm1ControlLength) return "PM1_CNT";
  if (offset >= kPmTimer && offset < kPmTimer + kPmTimerLength) return "PM_TMR";
  if (offset >= kGpe0 && offset < kGpe0 + kGpeBytes) return "GPE0_STS";
  if (offset >= kGpe0 + kGpeBytes && offset < kGpe0 + kGpe0Length) return "GPE0_EN";
  return offset >= kSmiEnable && offset < kSmiEnable + 4 ? "SMI_EN" : "";
}

std::vector<RegisterValue> AcpiPm::registers() const {
  const std::uint64_t now = ticks();
  return {{.name = "PM1_STS", .value = pm1_status(now), .width = 2},
          {.name = "PM1_EN",
           .value = state_.pm1_enable,
           .width = 2,
           .meaning = power_button_heard() ? "the power button is heard" : ""},
          {.name = "PM1_CNT",
           .value = std::uint64_t{state_.pm1_control} | acpi::kSciEnable,
           .width = 2},
          {.name = "PM_TMR", .value = now & 0xff'ffff, .width = 4}};
}

}  // namespace minivmm
