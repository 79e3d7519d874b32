// The MSI-X table in words.

#include <fmt/core.h>

#include <array>
#include <string_view>

#include "devices/pci/msix.h"

namespace minivmm::pci {

std::string Msix::register_at(std::uint64_t offset, Access /*access*/) const {
  // PCI 3.0, 6.8.2: an entry's four registers.
  constexpr std::array<std::string_view, 4> kFields{"message address", "message upper address",
                                                    "message data", "vector control"};
  if (offset >= pba_offset()) return "pending bits";
  const std::uint64_t vector = offset / kEntrySize;
  if (vector >= vectors()) return {};
  return fmt::format("vector {} {}", vector, kFields[offset % kEntrySize / 4]);
}

std::vector<RegisterValue> Msix::registers() const {
  std::vector<RegisterValue> all{{.name = "MSI-X",
                                  .value = state_.enabled,
                                  .meaning = state_.enabled ? "enabled" : "off: INTx is used"}};
  for (unsigned vector = 0; vector < vectors(); ++vector) {
    const Entry& entry = state_.entries[vector];
    all.push_back({.name = fmt::format("vector {}", vector),
                   .value = std::uint64_t{entry.address_high} << 32 | entry.address_low,
                   .width = 8,
                   .meaning = fmt::format("data {:#x}{}{}", entry.data,
                                          (entry.control & 1) != 0 ? ", masked" : "",
                                          entry.pending ? ", pending" : "")});
  }
  return all;
}

}  // namespace minivmm::pci
