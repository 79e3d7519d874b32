// The clock's registers in words.

#include <fmt/core.h>

#include <array>
#include <string_view>

#include "devices/cmos_rtc.h"

namespace minivmm {

namespace {

// The address map: the clock's fourteen registers, then memory.
constexpr std::array<std::string_view, 14> kNames{
    "seconds",     "seconds alarm", "minutes",      "minutes alarm", "hours",
    "hours alarm", "day of week",   "day of month", "month",         "year",
    "register A",  "register B",    "register C",   "register D"};

std::string cell_name(std::uint8_t cell) {
  if (cell < kNames.size()) return std::string(kNames[cell]);
  return cell == CmosRtc::kCenturyCell ? "century" : fmt::format("cell {:#04x}", cell);
}

}  // namespace

std::string CmosRtc::register_at(std::uint64_t offset, Access /*access*/) const {
  if (offset == 0) return "index";
  return offset == 1 ? cell_name(state_.index) : std::string();
}

std::vector<RegisterValue> CmosRtc::registers() const {
  std::vector<RegisterValue> all{{.name = "index", .value = state_.index}};
  for (std::uint8_t cell = 0; cell < kNames.size(); ++cell)
    all.push_back({.name = cell_name(cell), .value = battery_.cells[cell]});
  return all;
}

}  // namespace minivmm
