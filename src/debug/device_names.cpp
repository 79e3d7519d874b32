#include "debug/device_names.h"

#include <algorithm>

namespace minivmm::debug {

std::set<std::string> names_of_registers(const DebugTarget& target, const std::string& device) {
  constexpr std::uint64_t kMost = 0x4000;
  std::set<std::string> names;
  for (const DeviceRange& one : target.device_ranges()) {
    if (one.device != device) continue;
    for (std::uint64_t at = 0; at < std::min(one.range.size, kMost); ++at) {
      for (const Access access : {Access::kRead, Access::kWrite})
        names.insert(target.place(one.space, one.range.start.value + at, access).register_name);
    }
  }
  names.erase("");
  if (names.empty()) return names;
  const auto values = target.device_registers(device);
  if (!values) return names;
  for (const RegisterValue& one : *values) names.insert(one.name);
  return names;
}

}  // namespace minivmm::debug
