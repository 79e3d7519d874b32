// fw_cfg's registers in words.

#include <fmt/core.h>

#include "devices/fw_cfg.h"

namespace minivmm {

std::string FwCfg::register_at(std::uint64_t offset, Access access) const {
  if (offset == 0) return "selector";
  if (offset == 1) return access == Access::kRead ? "data: " + item_name() : "data";
  return offset >= 4 && offset < kPorts ? "DMA address" : "";
}

std::vector<RegisterValue> FwCfg::registers() const {
  return {{.name = "selector", .value = state_.item, .width = 2, .meaning = item_name()},
          {.name = "offset", .value = state_.offset, .width = 8}};
}

std::string FwCfg::item_name() const {
  for (const auto& [name, item] : files_) {
    if (item == state_.item) return name;
  }
  return fmt::format("item {:#x}", state_.item);
}

}  // namespace minivmm
